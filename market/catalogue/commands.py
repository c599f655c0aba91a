"""Loading a checked catalogue: set-based upserts by code, in one transaction of the caller's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import delete, select, text, tuple_
from sqlalchemy.orm import Session

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
from market.catalogue.search_index import load_synonyms, refresh_search
from market.catalogue.sheet_rows import (
    chain_cost_of,
    enterprise_of,
    group_of,
    offer_of,
    point_of,
    post_rate_of,
    product_of,
    shared_of,
    tariffs_of,
    vehicle_of,
)
from market.catalogue.sheets import Row
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
    upsert(session, PostRate, map(post_rate_of, tables["post_rates"]), ("from_region", "to_region"))
    upsert(session, DeliveryTariff, tariffs_of(tables["post_rates"]), ("to_region",))
    fill_points(session, map(point_of, tables["pickup_points"]))
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
    upsert(session, Enterprise, map(enterprise_of, tables["groups"]), ("code",))
    enterprises = _ids(session, Enterprise)
    vehicles = {row["group_id"]: row for row in tables["vehicles"]}
    hours = {row["group_id"]: row for row in tables["shared_hours"]}
    types = {row["type_code"]: row for row in tables["group_types"]}
    decided = decided_levels(session)
    rows = (
        group_of(row, types[row["type_code"]])
        | vehicle_of(vehicles.get(row["group_id"]))
        | shared_of(hours.get(row["group_id"]))
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
        (product_of(row, ships=row["product_code"] in parcels) for row in tables["products"]),
        ("code",),
    )
    products = _ids(session, Product)
    upsert(
        session,
        ChainCost,
        (chain_cost_of(row, products[row["product_code"]]) for row in tables["chain_costs"]),
        ("product_id", "link_no"),
    )


def _load_offers(session: Session, tables: Tables) -> None:
    groups, products = _ids(session, ProducerGroup), _ids(session, Product)
    minutes = {row["offer_id"]: row["minutes_per_unit"] for row in tables["shared_hours"]}
    upsert(
        session,
        Offer,
        (
            offer_of(row)
            | {
                "group_id": groups[row["group_id"]],
                "product_id": products[row["product_code"]],
                "minutes_per_unit": minutes.get(row["offer_id"], 0),
            }
            for row in tables["offers"]
        ),
        ("code",),
    )
    _load_papers(session, tables)


def _load_papers(session: Session, tables: Tables) -> None:
    """What stays listed keeps its number and the name of whoever checked it."""
    offers = _ids(session, Offer)
    loaded = [offers[row["offer_id"]] for row in tables["offers"]]
    papers = [
        {"offer_id": offers[row["offer_id"]], "kind": kind}
        for row in tables["offers"]
        for kind in row["certificates"]
    ]
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
