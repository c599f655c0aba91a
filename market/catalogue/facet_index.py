"""What lists of goods are narrowed by, gathered from all makers of a product in one statement.

What stands in the product's own row (kind, storage) is read there. What hangs on the makers'
offers is gathered here whenever the catalogue has changed or a paper was checked, and every
hour, since papers expire. Only papers that somebody has checked count, as on the product's page.
"""

from __future__ import annotations

from sqlalchemy import text
from sqlalchemy.orm import Session

from market.catalogue.channels.queries import BY_PARCEL

_REFRESH = text(
    f"""
    WITH maker AS (
        SELECT o.id AS offer_id, o.product_id, o.season_months, g.id AS group_id, g.ships_parcels,
               left(g.tambon_code, 2) AS province
          FROM offer o JOIN producer_group g ON g.id = o.group_id AND g.active
         WHERE o.active),
    way AS (
        SELECT m.product_id, 'k' || c.kind AS tag
          FROM maker m JOIN certificate c ON c.offer_id = m.offer_id
         WHERE c.checked_at IS NOT NULL
           AND (c.expires_on IS NULL
                OR c.expires_on >= (now() AT TIME ZONE 'Asia/Bangkok')::date)
         UNION
        SELECT product_id, 'wplace' FROM maker
         UNION
        SELECT m.product_id, 'wparcel'
          FROM maker m JOIN product p ON p.id = m.product_id
         WHERE m.ships_parcels AND {BY_PARCEL}
         UNION
        SELECT m.product_id, 'wpoint'
          FROM maker m JOIN lane l ON l.group_id = m.group_id
          JOIN pickup_point pt ON pt.id = l.point_id AND pt.active AND pt.group_id IS NULL),
    tagged AS (SELECT product_id, array_agg(tag ORDER BY tag) AS tags FROM way GROUP BY product_id),
    seasoned AS (
        SELECT product_id, array_agg(DISTINCT month ORDER BY month) AS months
          FROM maker, unnest(season_months) AS month GROUP BY product_id),
    placed AS (
        SELECT product_id, array_agg(DISTINCT 'p' || province) AS provinces
          FROM maker GROUP BY product_id),
    fresh AS (
        SELECT product_id, provinces, coalesce(months, '{{}}') AS months, tags
          FROM placed JOIN tagged USING (product_id) LEFT JOIN seasoned USING (product_id)),
    gone AS (
        DELETE FROM product_facet f
         WHERE NOT EXISTS (SELECT 1 FROM fresh WHERE fresh.product_id = f.product_id))
    INSERT INTO product_facet AS f (product_id, provinces, months, tags)
    SELECT product_id, provinces, months, tags FROM fresh
        ON CONFLICT (product_id) DO UPDATE
       SET provinces = excluded.provinces, months = excluded.months, tags = excluded.tags
     WHERE (f.provinces, f.months, f.tags)
           IS DISTINCT FROM (excluded.provinces, excluded.months, excluded.tags)
    """  # noqa: S608 - only our own fragment is put in
)


def refresh_facets(session: Session) -> None:
    """Make what can be narrowed by agree with the catalogue; what did not change stays."""
    session.flush()
    session.execute(_REFRESH)
