"""What statements of reports share: names in the reader's language, joins, who sees which rows.

Parameters that every statement may name: snapshot_id, round_id, as_of, month_from, month_to,
everything (no row is hidden), areas (LIKE patterns), groups (ids), th (Thai names).
"""

from __future__ import annotations

from market.reports.rules import Column


def local(alias: str, column: str = "name") -> str:
    """The Thai or the English column of a table."""
    return f"CASE WHEN :th THEN {alias}.{column}_th ELSE {alias}.{column}_en END"


def of_group(area: str, group_id: str) -> str:
    """Rows of groups in one's areas, and of one's own groups."""
    return (
        f"(:everything OR {area} LIKE ANY(CAST(:areas AS text[]))"
        f" OR {group_id} = ANY(CAST(:groups AS bigint[])))"
    )


#: Lines of a snapshot with their order and the names as they were.
LINES = """
      FROM report_line l
      JOIN report_order o ON o.snapshot_id = l.snapshot_id AND o.order_id = l.order_id
      JOIN report_thing p ON p.snapshot_id = l.snapshot_id AND p.kind = 'product'
                         AND p.ref_id = l.product_id
      LEFT JOIN report_thing g ON g.snapshot_id = l.snapshot_id AND g.kind = 'group'
                              AND g.ref_id = l.group_id
      LEFT JOIN report_thing t ON t.snapshot_id = l.snapshot_id AND t.kind = 'point'
                              AND t.ref_id = o.point_id
     WHERE l.snapshot_id = :snapshot_id"""
MAKERS = of_group("g.area_code", "l.group_id")
PLACE = "(:everything OR o.tambon_code LIKE ANY(CAST(:areas AS text[])))"
#: Where the goods come from or go to.
EITHER = f"({MAKERS} OR o.tambon_code LIKE ANY(CAST(:areas AS text[])))"

PRODUCT = local("p")
UNIT = local("p", "unit")
GROUP = local("g")
#: A pick-up point's name; a parcel goes to its place.
WHERE_TO = f"CASE WHEN t.ref_id IS NULL THEN {local('o', 'place')} ELSE {local('t')} END"


def units(key: str, title: object) -> Column:
    """A number of units that is summed."""
    return Column(key=key, title=title, kind="units", width=10, total=True)


def money(key: str, title: object) -> Column:
    """Satang that are summed, shown in baht."""
    return Column(key=key, title=title, kind="money", width=12, total=True)
