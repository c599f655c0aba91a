"""Loading a checked catalogue: set-based upserts by code, in one transaction of the caller's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import delete, select, text, tuple_
from sqlalchemy.orm import Session

from market import thai
from market.catalogue.models import (
    Category,
    Certificate,
    ChainCost,
    Enterprise,
    Offer,
    ProducerGroup,
    Product,
)
from market.catalogue.readiness import decided_levels
from market.catalogue.rules import PAPERS_BY_LABEL
from market.catalogue.search_index import load_synonyms, refresh_search
from market.catalogue.sheets import WEEKDAYS, Row
from market.places.commands import add_group_places, fill_points, link_lanes, load_country, upsert
from market.places.models import DeliveryTariff, PostRate

Tables = Mapping[str, list[Row]]


def import_catalogue(session: Session, tables: Tables, *, sample: bool) -> None:
    """Load what ``rules.check`` found faultless: places, groups, products, offers and their ways.

    Rows are matched by code, so loading twice changes nothing. Rounds that are open keep
    the terms they opened with.
    """
    load_country(session)
    _locate_tambons(session, tables)
    _load_groups(session, tables, sample=sample)
    _load_products(session, tables)
    _load_offers(session, tables)
    upsert(session, PostRate, map(_post_rate, tables["post_rates"]), ("from_region", "to_region"))
    upsert(session, DeliveryTariff, _tariff(tables["post_rates"]), ("to_region",))
    fill_points(session, map(_point, tables["pickup_points"]))
    add_group_places(session)
    link_lanes(session)
    load_synonyms(session)
    refresh_search(session)


def _locate_tambons(session: Session, tables: Tables) -> None:
    """Coordinates and readiness of the tambons that take part."""
    session.execute(
        text(
            "UPDATE tambon SET lat = row.lat, lon = row.lon, readiness = row.readiness"
            "  FROM unnest(CAST(:codes AS text[]), CAST(:lats AS float[]),"
            "              CAST(:lons AS float[]), CAST(:readiness AS int[]))"
            "       AS row (code, lat, lon, readiness)"
            " WHERE tambon.code = row.code"
        ),
        {
            "codes": [row["tambon_code"] for row in tables["tambons"]],
            "lats": [row["lat"] for row in tables["tambons"]],
            "lons": [row["lon"] for row in tables["tambons"]],
            "readiness": [row["readiness_group"] for row in tables["tambons"]],
        },
    )


def _load_groups(session: Session, tables: Tables, *, sample: bool) -> None:
    upsert(session, Enterprise, map(_enterprise, tables["groups"]), ("code",))
    enterprises = _ids(session, Enterprise)
    vehicles = {row["group_id"]: row for row in tables["vehicles"]}
    hours = {row["group_id"]: row for row in tables["shared_hours"]}
    types = {row["type_code"]: row for row in tables["group_types"]}
    decided = decided_levels(session)
    rows = (
        _group(row, types[row["type_code"]])
        | _vehicle(vehicles.get(row["group_id"]))
        | _shared(hours.get(row["group_id"]))
        | {"enterprise_id": enterprises["E" + row["group_id"]], "sample": sample}
        | decided.get(row["group_id"], {})
        for row in tables["groups"]
    )
    upsert(session, ProducerGroup, rows, ("code",))


def _load_products(session: Session, tables: Tables) -> None:
    kinds = {row["category"]: row["category_th"] for row in tables["products"]}
    upsert(
        session,
        Category,
        (
            {"key": key, "name_th": name, "name_en": key.replace("_", " "), "position": place}
            for place, (key, name) in enumerate(kinds.items())
        ),
        ("key",),
    )
    parcels = {row["product_code"] for row in tables["offers"] if "parcel" in row["fulfilment"]}
    upsert(
        session,
        Product,
        (_product(row, ships=row["product_code"] in parcels) for row in tables["products"]),
        ("code",),
    )
    products = _ids(session, Product)
    upsert(
        session,
        ChainCost,
        (_chain_cost(row, products[row["product_code"]]) for row in tables["chain_costs"]),
        ("product_id", "link_no"),
    )


def _load_offers(session: Session, tables: Tables) -> None:
    groups, products = _ids(session, ProducerGroup), _ids(session, Product)
    minutes = {row["offer_id"]: row["minutes_per_unit"] for row in tables["shared_hours"]}
    upsert(
        session,
        Offer,
        (
            _offer(row)
            | {
                "group_id": groups[row["group_id"]],
                "product_id": products[row["product_code"]],
                "minutes_per_unit": minutes.get(row["offer_id"], 0),
            }
            for row in tables["offers"]
        ),
        ("code",),
    )
    offers = _ids(session, Offer)
    loaded = [offers[row["offer_id"]] for row in tables["offers"]]
    papers = [
        {"offer_id": offers[row["offer_id"]], "kind": kind}
        for row in tables["offers"]
        for kind in row["certificates"]
    ]
    # What stays listed keeps its number and the name of whoever checked it.
    listed = [(paper["offer_id"], paper["kind"]) for paper in papers]
    session.execute(
        delete(Certificate).where(
            Certificate.offer_id.in_(loaded),
            tuple_(Certificate.offer_id, Certificate.kind).not_in(listed),
        )
    )
    upsert(session, Certificate, papers, ("offer_id", "kind"))


def _ids(session: Session, table: Any) -> dict[str, int]:
    return {code: row_id for code, row_id in session.execute(select(table.code, table.id))}


def _enterprise(row: Row) -> dict[str, Any]:
    return {
        "code": "E" + row["group_id"],
        "name_th": row["name_th"],
        "name_en": row["name_en"],
        "legal_form": row["legal_form"],
        "tambon_code": row["tambon_code"],
        "founded_on_year": row["founded_be"] - thai.BUDDHIST_YEARS,
    }


def _group(row: Row, craft: Row) -> dict[str, Any]:
    return {
        "code": row["group_id"],
        "tambon_code": row["tambon_code"],
        "name_th": row["name_th"],
        "name_en": row["name_en"],
        "craft_th": craft["th"],
        "craft_en": craft["en"],
        "sector": craft["sector"],
        "readiness": row["readiness_group"],
        "members": row["members"],
        "households": row["households"],
        "contact_channel": row["contact_channel"],
        "story_th": row["story_th"],
        "ships_parcels": "parcel" in row["fulfilment"],
        "sort_key": thai.sort_key(row["name_th"]),
        "search": "|".join(
            thai.search_text(words)
            for words in (row["name_th"], craft["th"], row["name_en"], craft["en"])
        ),
    }


def _vehicle(row: Row | None) -> dict[str, Any]:
    return {
        "vehicle_th": row and row["vehicle_th"],
        "vehicle_en": row and row["vehicle_en"],
        "vehicle_reach_m": row and row["reach_km"] * 1000,
        "vehicle_satang_per_km": row and row["baht_per_km"],
        "vehicle_fixed_satang": row and row["fixed_baht_per_trip"],
        "vehicle_max_g": row and row["max_kg_per_trip"] * 1000,
    }


def _shared(row: Row | None) -> dict[str, Any]:
    return {
        "shared_resource_th": row and row["resource_th"],
        "shared_resource_en": row and row["resource_en"],
        "shared_minutes": row and row["minutes_per_round"],
    }


def _product(row: Row, *, ships: bool) -> dict[str, Any]:
    return {
        "code": row["product_code"],
        "category_key": row["category"],
        "name_th": row["th"],
        "name_en": row["en"],
        "unit_th": row["unit_th"],
        "unit_en": row["unit_en"],
        "pack": row["pack"],
        "ship_weight_g": row["ship_weight_g"],
        "ships_parcel": ships,
        "band_low_satang": row["price_min_baht"],
        "band_high_satang": row["price_max_baht"],
        # The middle of the band: what fairness counts, whatever a group asks.
        "reference_satang": (row["price_min_baht"] + row["price_max_baht"]) // 2,
        "reference_cost_satang": row["ref_unit_cost_baht"],
        "season_months": row["season_months"],
        "lead_days_min": row["lead_days_min"],
        "shelf_days": row["shelf_days"],
        "storage": row["storage"],
        "round_cycle": row["round_cycle"],
        "vat_class": row["vat_class"],
        "label_class": row["label_rule"],
        "allergens": row["allergens"],
        "required_certificates": list(PAPERS_BY_LABEL.get(row["label_rule"], ())),
        "sort_key": thai.sort_key(row["th"]),
        "search": "|".join(
            thai.search_text(words) for words in (row["th"], row["category_th"], row["en"])
        ),
    }


def _chain_cost(row: Row, product_id: int) -> dict[str, Any]:
    return {
        "product_id": product_id,
        "link_no": row["link_no"],
        "link_key": row["link_key"],
        "name_th": row["link_th"],
        "name_en": row["link_en"],
        "cost_satang": row["cost_baht"],
    }


def _offer(row: Row) -> dict[str, Any]:
    return {
        "code": row["offer_id"],
        "round_cycle": row["round_cycle"],
        "capacity_units": row["capacity_per_round"],
        "min_batch_units": row["min_batch"],
        "lot_units": row["lot_size"],
        "lead_days": row["lead_days"],
        "price_satang": row["price_baht"],
        "unit_cost_satang": row["unit_cost_baht"],
        "middleman_satang": row["middleman_price_baht"],
        "max_per_order": row["max_per_order"],
        "season_months": row["season_months"],
        "own_use": row["own_use"],
    }


def _post_rate(row: Row) -> dict[str, Any]:
    return {
        "from_region": row["from_region"],
        "to_region": row["to_region"],
        "first_kg_satang": row["baht_first_kg"],
        "extra_kg_satang": row["baht_per_extra_kg"],
        "days": row["days"],
    }


def _tariff(rates: list[Row]) -> list[dict[str, Any]]:
    """What a buyer pays to a region: the mean of the post rates into it, in whole baht."""
    into: dict[str, list[Row]] = {}
    for row in rates:
        into.setdefault(row["to_region"], []).append(row)
    return [
        {
            "to_region": region,
            "first_kg_satang": _whole_baht(rows, "baht_first_kg"),
            "extra_kg_satang": _whole_baht(rows, "baht_per_extra_kg"),
        }
        for region, rows in into.items()
    ]


def _whole_baht(rows: list[Row], column: str) -> int:
    mean = sum(row[column] for row in rows) // len(rows)
    return int(-(-mean // 100) * 100)


def _point(row: Row) -> dict[str, Any]:
    return {
        "code": row["pickup_id"],
        "name_th": row["th"],
        "name_en": row["en"],
        "tambon_code": row["tambon_code"],
        "lat": row["lat"],
        "lon": row["lon"],
        "weekday": WEEKDAYS.index(row["weekday"]),
        "hours": row["hours"],
        "capacity_boxes": row["capacity_boxes"],
    }
