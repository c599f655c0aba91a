"""Rounds of thousands of products, put there in bulk."""

from sqlalchemy import text
from sqlalchemy.orm import Session

from market.catalogue.models import Offer

WIDE = """
    INSERT INTO product (code, category_key, name_th, name_en, unit_th, unit_en, pack,
        ship_weight_g, ships_parcel, band_low_satang, band_high_satang, reference_satang,
        reference_cost_satang, season_months, lead_days_min, shelf_days, storage, round_cycle,
        vat_class, label_class, allergens, required_certificates, sort_key, search)
    SELECT 'W' || n, category_key, name_th, name_en, unit_th, unit_en, pack, ship_weight_g,
           ships_parcel, band_low_satang, band_high_satang, reference_satang,
           reference_cost_satang, season_months, lead_days_min, shelf_days, storage, round_cycle,
           vat_class, label_class, allergens, required_certificates, sort_key, search
      FROM product, generate_series(CAST(:a AS int), :b) AS n WHERE id = :product_id;
"""
OFFERS = """
    INSERT INTO offer (code, group_id, product_id, round_cycle, capacity_units, min_batch_units,
        lot_units, lead_days, price_satang, unit_cost_satang, middleman_satang, max_per_order,
        season_months, own_use)
    SELECT 'W' || p.id, group_id, p.id, o.round_cycle, capacity_units, min_batch_units, lot_units,
           lead_days, price_satang, unit_cost_satang, middleman_satang, max_per_order,
           o.season_months, own_use
      FROM offer o, product p WHERE o.id = :offer_id AND p.code LIKE 'W%'
    ON CONFLICT DO NOTHING;
"""
JOINED = """
    INSERT INTO round_offer (round_id, offer_id, group_id, product_id, capacity_units,
        min_batch_units, lot_units, price_satang, unit_cost_satang, middleman_satang,
        max_per_order, minutes_per_unit, lead_days, ready_index, in_band)
    SELECT :round_id, id, group_id, product_id, capacity_units, min_batch_units, lot_units,
           price_satang, unit_cost_satang, middleman_satang, max_per_order, minutes_per_unit,
           lead_days, 0, true FROM offer WHERE code LIKE 'W%'
    ON CONFLICT DO NOTHING;
"""


def widen(session: Session, round_id: int, offer_id: int, serials: range) -> None:
    """More products of the same group in the round."""
    product = session.get_one(Offer, offer_id).product_id
    values = {"a": serials[0], "b": serials[-1], "product_id": product, "offer_id": offer_id,
              "round_id": round_id}  # fmt: skip
    for statement in (WIDE, OFFERS, JOINED):
        session.execute(text(statement), values)
