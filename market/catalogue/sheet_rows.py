"""Rows of checked sheets as rows of tables: names of columns, baht as satang. Pure."""

from __future__ import annotations

from typing import Any

from market import thai
from market.catalogue.rules import PAPERS_BY_LABEL
from market.catalogue.sheets import WEEKDAYS, Row


def enterprise_of(row: Row) -> dict[str, Any]:
    """A group's enterprise."""
    return {
        "code": "E" + row["group_id"],
        "name_th": row["name_th"],
        "name_en": row["name_en"],
        "legal_form": row["legal_form"],
        "tambon_code": row["tambon_code"],
        "founded_on_year": row["founded_be"] - thai.BUDDHIST_YEARS,
    }


def group_of(row: Row, craft: Row) -> dict[str, Any]:
    """A group; ``craft``: what its type is called."""
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


def vehicle_of(row: Row | None) -> dict[str, Any]:
    """A group's own vehicle; None: it has none."""
    return {
        "vehicle_th": row and row["vehicle_th"],
        "vehicle_en": row and row["vehicle_en"],
        "vehicle_reach_m": row and row["reach_km"] * 1000,
        "vehicle_satang_per_km": row and row["baht_per_km"],
        "vehicle_fixed_satang": row and row["fixed_baht_per_trip"],
        "vehicle_max_g": row and row["max_kg_per_trip"] * 1000,
    }


def shared_of(row: Row | None) -> dict[str, Any]:
    """Hours that a group's goods share; None: they share none."""
    return {
        "shared_resource_th": row and row["resource_th"],
        "shared_resource_en": row and row["resource_en"],
        "shared_minutes": row and row["minutes_per_round"],
    }


def product_of(row: Row, *, ships: bool) -> dict[str, Any]:
    """A product. ``ships``: some group sends it by parcel."""
    # One value: a line a column of the table.
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


def chain_cost_of(row: Row, product_id: int) -> dict[str, Any]:
    """What a link of the usual chain of middlemen takes."""
    return {
        "product_id": product_id,
        "link_no": row["link_no"],
        "link_key": row["link_key"],
        "name_th": row["link_th"],
        "name_en": row["link_en"],
        "cost_satang": row["cost_baht"],
    }


def offer_of(row: Row) -> dict[str, Any]:
    """An offer, without whose and of what."""
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


def post_rate_of(row: Row) -> dict[str, Any]:
    """The post from a region to another."""
    return {
        "from_region": row["from_region"],
        "to_region": row["to_region"],
        "first_kg_satang": row["baht_first_kg"],
        "extra_kg_satang": row["baht_per_extra_kg"],
        "days": row["days"],
    }


def tariffs_of(rates: list[Row]) -> list[dict[str, Any]]:
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


def point_of(row: Row) -> dict[str, Any]:
    """A pick-up point."""
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
