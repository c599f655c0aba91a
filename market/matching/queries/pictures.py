"""What the pictures of a match show: each group's share, and where the goods go."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from market.matching.queries.simulations import TrialLine, simulations_of

#: So many rows stand on the match's own page; the rest is a page further.
FEW_GROUPS = 6
FEW_FLOWS = 10
ARCS = 40
PAGE = 100
#: Columns of the picture: a group each up to here, hundredths of all groups beyond.
COLUMNS = 100


@dataclass(frozen=True, kw_only=True)
class GroupShare:
    """What a group gets of its entitlement, at reference prices; satang."""

    group_id: int
    name_th: str
    name_en: str
    tambon_th: str
    tambon_en: str
    place_th: str
    place_en: str
    units: int
    income_satang: int
    entitlement_satang: int
    percent: int | None  # a coordinator's weight

    @property
    def permille(self) -> int:
        """The share in thousandths."""
        return share_permille(self.income_satang, self.entitlement_satang)


@dataclass(frozen=True, kw_only=True)
class SharePage:
    """Groups with the smallest share first; level: what all get of all entitlements."""

    rows: tuple[GroupShare, ...]
    groups: int
    level_permille: int
    offset: int

    @property
    def scale_permille(self) -> int:
        """The full width of the bars: at least the whole entitlement."""
        return max([1000, *(row.permille for row in self.rows)])

    @property
    def next_offset(self) -> int | None:
        """Where the next page starts."""
        after = self.offset + len(self.rows)
        return after if self.rows and after < self.groups else None


@dataclass(frozen=True, kw_only=True)
class FlowSeen:
    """Units between two provinces (or within one) by a way."""

    mode: str
    from_province: str
    from_th: str
    from_en: str
    to_province: str
    to_th: str
    to_en: str
    units: int


@dataclass(frozen=True, kw_only=True)
class FlowMap:
    """The widest flows, and what both ways carry in all."""

    flows: tuple[FlowSeen, ...]
    routes: int
    lane_units: int
    post_units: int

    @property
    def few(self) -> tuple[FlowSeen, ...]:
        """What the table beside the map names."""
        return self.flows[:FEW_FLOWS]


@dataclass(frozen=True, kw_only=True)
class Pictures:
    """What stands beside a match: shares, the map, what was tried."""

    shares: SharePage
    columns: tuple[int, ...]
    flows: FlowMap
    tries: tuple[TrialLine, ...]


def get_pictures(session: Session, round_id: int, run_id: int) -> Pictures:
    """Everything beside a run's products, in as many statements whatever its size."""
    return Pictures(
        shares=shares_of(session, round_id, run_id),
        columns=columns_of(session, round_id, run_id),
        flows=flows_of(session, run_id),
        tries=simulations_of(session, round_id),
    )


def share_permille(income_satang: int, entitlement_satang: int) -> int:
    """A share in thousandths; a group entitled to nothing has none."""
    return 1000 * income_satang // entitlement_satang if entitlement_satang else 0


_DUE = """
    WITH got AS (
        SELECT f.group_id, sum(r.units)::bigint AS units,
               sum(r.units * p.reference_satang)::bigint AS income
          FROM offer_result r
          JOIN round_offer f ON f.id = r.round_offer_id
          JOIN product p ON p.id = f.product_id
         WHERE r.run_id = :run_id GROUP BY 1
    ), due AS (
        SELECT m.group_id, w.percent, coalesce(got.units, 0) AS units,
               coalesce(got.income, 0) AS income,
               m.entitlement_satang * coalesce(w.percent, 100) / 100 AS entitlement
          FROM round_group m
          LEFT JOIN got ON got.group_id = m.group_id
          LEFT JOIN match_weight w ON w.round_id = m.round_id AND w.group_id = m.group_id
         WHERE m.round_id = :round_id
    )
"""

_COLUMNS = text(
    _DUE  # noqa: S608  two constants
    + """
    , shared AS (
        SELECT group_id, income::numeric / greatest(entitlement, 1) AS share FROM due
    )
    SELECT floor(max(1000 * share))::bigint FROM (
        SELECT share, ntile(:most) OVER (ORDER BY share, group_id) AS n FROM shared) ranked
     GROUP BY n ORDER BY n
    """
)

_SHARES = text(
    _DUE  # noqa: S608  two constants
    + """
    SELECT g.id AS group_id, g.name_th, g.name_en, t.name_th AS tambon_th, t.name_en AS tambon_en,
           p.name_th AS place_th, p.name_en AS place_en, d.units, d.income AS income_satang,
           d.entitlement AS entitlement_satang, d.percent, total.groups, total.income,
           total.entitlement
      FROM (SELECT count(*) AS groups, coalesce(sum(income), 0)::bigint AS income,
                   coalesce(sum(entitlement), 0)::bigint AS entitlement FROM due) total
     CROSS JOIN due d
      JOIN producer_group g ON g.id = d.group_id
      JOIN tambon t ON t.code = g.tambon_code
      JOIN province p ON p.code = t.province_code
     ORDER BY d.income::numeric / greatest(d.entitlement, 1), g.id
     LIMIT :most OFFSET :offset
    """
)

_FLOWS = text(
    """
    SELECT f.mode, f.from_province, a.name_th AS from_th, a.name_en AS from_en, f.to_province,
           b.name_th AS to_th, b.name_en AS to_en, f.units, count(*) OVER () AS routes,
           (sum(f.units) FILTER (WHERE f.mode = 'lane') OVER ())::bigint AS lane_units,
           (sum(f.units) FILTER (WHERE f.mode = 'post') OVER ())::bigint AS post_units
      FROM match_flow f
      JOIN province a ON a.code = f.from_province
      JOIN province b ON b.code = f.to_province
     WHERE f.run_id = :run_id
     ORDER BY f.units DESC, f.mode, f.from_province, f.to_province
     LIMIT :most
    """
)


def shares_of(
    session: Session, round_id: int, run_id: int, *, most: int = FEW_GROUPS, offset: int = 0
) -> SharePage:
    """Shares of a run's groups, those who got least first."""
    found = session.execute(
        _SHARES, {"run_id": run_id, "round_id": round_id, "most": most, "offset": offset}
    ).all()
    first = found[0] if found else None
    return SharePage(
        rows=tuple(GroupShare(**_without(row, "groups", "income", "entitlement")) for row in found),
        groups=first.groups if first else 0,
        level_permille=share_permille(first.income, first.entitlement) if first else 0,
        offset=offset,
    )


def columns_of(session: Session, round_id: int, run_id: int) -> tuple[int, ...]:
    """Shares in thousandths from least to most: a group each, or so many steps of all groups."""
    values = {"run_id": run_id, "round_id": round_id, "most": COLUMNS}
    return tuple(session.scalars(_COLUMNS, values))


def flows_of(session: Session, run_id: int) -> FlowMap:
    """The widest flows of a run."""
    found = session.execute(_FLOWS, {"run_id": run_id, "most": ARCS}).all()
    first = found[0] if found else None
    return FlowMap(
        flows=tuple(
            FlowSeen(**_without(row, "routes", "lane_units", "post_units")) for row in found
        ),
        routes=first.routes if first else 0,
        lane_units=(first.lane_units or 0) if first else 0,
        post_units=(first.post_units or 0) if first else 0,
    )


def _without(row: Any, *names: str) -> dict[str, Any]:
    return {name: value for name, value in row._mapping.items() if name not in names}
