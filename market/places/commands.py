"""Writing places: the whole country once, then points, rates and lanes."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Final

from sqlalchemy import func, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from market import thai
from market.db import Base
from market.places.models import Amphoe, PickupPoint, Province, Tambon

COUNTRY: Final = Path(__file__).parent / "data"  # GeoThai, CC BY 4.0, see NOTICE beside it


def load_country(session: Session) -> None:
    """Every province, amphoe and tambon of Thailand, by code. Does nothing the second time."""
    if session.scalar(select(func.count()).select_from(Tambon)):
        return
    provinces = {row["code"]: row for row in _rows("provinces.csv")}
    amphoes = {row["code"]: row for row in _rows("amphoes.csv")}
    upsert(session, Province, (_province(row) for row in provinces.values()), ("code",))
    upsert(session, Amphoe, (_amphoe(row) for row in amphoes.values()), ("code",))
    tambons = (
        _tambon(row, amphoes[row["code"][:4]], provinces[row["code"][:2]])
        for row in _rows("tambons.csv")
    )
    upsert(session, Tambon, tambons, ("code",))


def upsert(
    session: Session,
    table: type[Base],
    rows: Iterable[dict[str, Any]],
    key: Sequence[str],
) -> None:
    """INSERT ... ON CONFLICT (key) DO UPDATE: one statement, sent with all rows at once.

    Each row has the same columns. (Rows written into the statement take three times as long.)
    """
    waiting = list(rows)
    if not waiting:
        return
    statement = insert(table)
    changed = {column: statement.excluded[column] for column in waiting[0] if column not in key}
    if changed:
        statement = statement.on_conflict_do_update(index_elements=key, set_=changed)
    else:  # the key is the whole row
        statement = statement.on_conflict_do_nothing(index_elements=key)
    session.execute(statement, waiting, execution_options={"render_nulls": True})


def link_lanes(session: Session, group_id: int | None = None) -> None:
    """Draw every group's own lanes anew, or one's: to its place, and by vehicle within reach.

    Distance is the great circle between a tambon's centre and the point. The cost of a
    kilogram is the trip's kilometres at the vehicle's rate, spread over its full load.
    Readiness 1 reaches its own place only.
    """
    whose = {"group_id": group_id}
    session.execute(text(f"DELETE FROM lane WHERE {_OF_GROUP}"), whose)  # noqa: S608
    session.execute(text(_OWN_PLACE), whose)
    session.execute(text(_BY_VEHICLE), whose)


def add_group_places(session: Session) -> None:
    """Every group's own place is a pick-up point, open on every delivery date."""
    session.execute(text(_GROUP_PLACES))


_GROUP_PLACES = """
    INSERT INTO pickup_point (code, name_th, name_en, tambon_code, lat, lon, group_id, active)
    SELECT 'P' || g.code, 'ที่ทำการกลุ่ม ต.' || t.name_th, 'Group''s place, ' || t.name_en,
           g.tambon_code, t.lat, t.lon, g.id, g.active
      FROM producer_group g JOIN tambon t ON t.code = g.tambon_code
    ON CONFLICT (code) DO UPDATE SET active = excluded.active
"""

_OF_GROUP = "(CAST(:group_id AS bigint) IS NULL OR group_id = :group_id)"

_OWN_PLACE = f"""
    INSERT INTO lane (group_id, point_id, distance_m, cost_satang_per_kg,
                      fixed_cost_satang, max_weight_g)
    SELECT group_id, id, 0, 0, 0, 0 FROM pickup_point WHERE group_id IS NOT NULL AND active
       AND {_OF_GROUP}
"""  # noqa: S608

_BY_VEHICLE = f"""
    INSERT INTO lane (group_id, point_id, distance_m, cost_satang_per_kg,
                      fixed_cost_satang, max_weight_g)
    SELECT group_id, point_id, metres,
           ceil(metres / 1000.0 * satang_per_km / greatest(max_g / 1000.0, 1)),
           fixed_satang, max_g
      FROM (SELECT g.id AS group_id, p.id AS point_id,
                   g.vehicle_satang_per_km AS satang_per_km,
                   g.vehicle_fixed_satang AS fixed_satang, g.vehicle_max_g AS max_g,
                   g.vehicle_reach_m AS reach_m,
                   (6371000 * 2 * asin(sqrt(
                        power(sin(radians(p.lat - t.lat) / 2), 2)
                        + cos(radians(t.lat)) * cos(radians(p.lat))
                        * power(sin(radians(p.lon - t.lon) / 2), 2))))::bigint AS metres
              FROM producer_group g
              JOIN tambon t ON t.code = g.tambon_code
              JOIN pickup_point p ON p.active AND p.group_id IS DISTINCT FROM g.id
             WHERE g.active AND g.readiness = 2 AND g.vehicle_reach_m IS NOT NULL
               AND t.lat IS NOT NULL AND p.lat IS NOT NULL) AS pair
     WHERE metres <= reach_m AND {_OF_GROUP}
"""  # noqa: S608


def fill_points(session: Session, rows: Iterable[dict[str, Any]]) -> None:
    """Add or renew public pick-up points by code."""
    upsert(session, PickupPoint, rows, ("code",))


def _rows(name: str) -> list[dict[str, str]]:
    with (COUNTRY / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _province(row: dict[str, str]) -> dict[str, Any]:
    return {
        "code": row["code"],
        "name_th": row["th"],
        "name_en": row["en"],
        "region_code": row["region"],
        "sort_key": thai.sort_key(row["th"]),
    }


def _amphoe(row: dict[str, str]) -> dict[str, Any]:
    return {
        "code": row["code"],
        "province_code": row["code"][:2],
        "name_th": row["th"],
        "name_en": row["en"],
    }


def _tambon(
    row: dict[str, str], amphoe: dict[str, str], province: dict[str, str]
) -> dict[str, Any]:
    typed = (row["th"], amphoe["th"], province["th"], row["postcode"], row["en"], amphoe["en"])
    return {
        "code": row["code"],
        "amphoe_code": row["code"][:4],
        "province_code": row["code"][:2],
        "name_th": row["th"],
        "name_en": row["en"],
        "postcode": row["postcode"].split()[0],
        "search": "|".join(thai.search_text(part) for part in (*typed, province["en"])),
        "sort_key": thai.sort_key(row["th"]),
    }
