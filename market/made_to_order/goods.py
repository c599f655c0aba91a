"""The goods that an agreement is about: a product of its own, that no shelf ever shows.

It takes after the goods that came nearest (kind, storage, parcels, labels), so that everything
which asks goods how they are kept or taxed has an answer.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from market.made_to_order.models import GoodsRequest, RequestInvite
from market.made_to_order.telling import shortened
from market.thai import search_text, sort_key

_PRODUCT = text(
    """
    INSERT INTO product (
        code, category_key, name_th, name_en, unit_th, unit_en, pack, ship_weight_g, ships_parcel,
        band_low_satang, band_high_satang, reference_satang, reference_cost_satang, season_months,
        lead_days_min, shelf_days, storage, round_cycle, vat_class, label_class, allergens,
        required_certificates, sort_key, search, active)
    SELECT 'MTO-' || CAST(:request_id AS text), coalesce(CAST(:category AS text), p.category_key),
           :name, :name, :unit_th, :unit_en, '', :weight_g, true, :low, :high, :low,
           least(p.reference_cost_satang, :low), p.season_months, p.lead_days_min, p.shelf_days,
           p.storage, p.round_cycle, p.vat_class, p.label_class, p.allergens,
           CAST(:standards AS text[]), :sort_key, :search, false
      FROM product p WHERE p.id = :like_id
    RETURNING id
    """
)
#: The cost is known where the group sells the like of it by the same unit; else nothing is
#: claimed to be left over.
_OFFERS = text(
    """
    INSERT INTO offer (
        code, group_id, product_id, round_cycle, capacity_units, min_batch_units, lot_units,
        lead_days, price_satang, unit_cost_satang, middleman_satang, max_per_order, season_months,
        own_use, active)
    SELECT 'MTO-' || CAST(:request_id AS text) || '-' || i.group_id, i.group_id, :product_id,
           'weekly', i.chosen_units, i.lot_units, i.lot_units, coalesce(o.lead_days, 1),
           i.price_satang,
           CASE WHEN p.unit_th = :unit_th THEN least(o.unit_cost_satang, i.price_satang)
                ELSE i.price_satang END,
           0, i.chosen_units, coalesce(o.season_months, CAST(:all_year AS smallint[])),
           coalesce(o.own_use, false), false
      FROM request_invite i
      LEFT JOIN offer o ON o.group_id = i.group_id AND o.product_id = i.product_id
      LEFT JOIN product p ON p.id = o.product_id
     WHERE i.id = ANY(:invites)
     ORDER BY i.id
    RETURNING id, group_id, lead_days, unit_cost_satang
    """
)


def make_goods(
    session: Session, request: GoodsRequest, chosen: Sequence[RequestInvite]
) -> tuple[int, dict[int, Any]]:
    """The product's id, and each chosen group's offer of it (id, lead_days, unit_cost_satang)."""
    prices = [invite.price_satang or 0 for invite in chosen]
    name = shortened(request.words or "")
    product_id = session.execute(
        _PRODUCT,
        {
            "request_id": request.id, "category": request.category_key, "name": name,
            "unit_th": request.unit_th, "unit_en": request.unit_en,
            "weight_g": request.ship_weight_g, "low": min(prices), "high": max(prices),
            "standards": request.standards, "sort_key": sort_key(name),
            "search": search_text(name), "like_id": request.product_id or chosen[0].product_id,
        },
    ).scalar_one()  # fmt: skip
    rows = session.execute(
        _OFFERS,
        {
            "request_id": request.id, "product_id": product_id, "unit_th": request.unit_th,
            "invites": [invite.id for invite in chosen], "all_year": list(range(1, 13)),
        },
    )  # fmt: skip
    return int(product_id), {row.group_id: row for row in rows}
