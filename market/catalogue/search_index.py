"""The table that search looks into, made from the catalogue in set-based SQL.

A product's text also holds its makers, their places and their papers, so that one search
finds goods by any of them. Runs whenever the catalogue has changed.
"""

from __future__ import annotations

import csv
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.orm import Session

from market import thai
from market.catalogue.facet_index import refresh_facets
from market.catalogue.models import Synonym

SYNONYMS = Path(__file__).parent / "data" / "synonyms.csv"

#: certificate kind -> its name in Thai, in English, and what people type for it.
CERTIFICATES: dict[str, tuple[str, str, str]] = {
    "FDA": ("อย.", "FDA food number", "เลขสารบบอาหาร|fda thailand"),
    "FDA_COS": ("จดแจ้งเครื่องสำอาง", "FDA cosmetic notification", "อย. เครื่องสำอาง"),
    "FDA_HERB": ("ผลิตภัณฑ์สมุนไพร อย.", "FDA herbal product", "ยาสมุนไพร"),
    "TCPS": ("มผช.", "Community product standard", "มาตรฐานผลิตภัณฑ์ชุมชน|tcps"),
    "GAP": ("GAP", "GAP good agricultural practice", "เกษตรดีที่เหมาะสม|มกษ 9001"),
    "ORGTH": ("ออร์แกนิคไทยแลนด์", "Organic Thailand", "เกษตรอินทรีย์|มกษ 9000"),
    "PGS": ("PGS", "PGS participatory organic", "ชุมชนรับรอง|อินทรีย์มีส่วนร่วม"),
    "GI": ("GI", "GI geographical indication", "สิ่งบ่งชี้ทางภูมิศาสตร์"),
    "HALAL": ("ฮาลาล", "Halal", "มุสลิม|อิสลาม"),
    "OTOP3": ("โอทอป 3 ดาว", "OTOP 3 stars", "otop 3 ดาว"),
    "OTOP4": ("โอทอป 4 ดาว", "OTOP 4 stars", "otop 4 ดาว"),
    "OTOP5": ("โอทอป 5 ดาว", "OTOP 5 stars", "otop 5 ดาว"),
}

_REFRESH = text(
    """
    WITH paper AS (
        SELECT kind, fold(names) AS names
          FROM unnest(CAST(:paper_kinds AS text[]), CAST(:paper_names AS text[]))
               AS t(kind, names)),
    place AS (
        SELECT t.code, fold(t.name_th || '|' || a.name_th || '|' || p.name_th)
               || '|' || fold(t.name_en || '|' || a.name_en || '|' || p.name_en) AS names
          FROM tambon t JOIN amphoe a ON a.code = t.amphoe_code
          JOIN province p ON p.code = t.province_code
         WHERE t.code IN (SELECT tambon_code FROM producer_group WHERE active)),
    maker AS (
        SELECT g.id, place.names AS place,
               fold(g.name_th || '|' || g.craft_th || '|' || g.name_en || '|' || g.craft_en)
               AS words
          FROM producer_group g JOIN place ON place.code = g.tambon_code WHERE g.active),
    fresh (kind, key, ref_id, names, text, name_th, name_en, sort_key) AS (
    SELECT 'product', p.code, p.id,
           fold(p.name_th || '|' || p.name_en),
           fold(p.name_th || '|' || p.name_en) || '|#'
           || fold(k.name_th || '#' || replace(k.name_en, '_', ' ')) || '#|'
           || coalesce(m.words, '') || '|' || coalesce(c.words, ''),
           p.name_th, p.name_en, p.sort_key
      FROM product p JOIN category k ON k.key = p.category_key
      LEFT JOIN (SELECT o.product_id,
                        string_agg(maker.words || '|' || maker.place, '|' ORDER BY o.id) AS words
                   FROM offer o JOIN maker ON maker.id = o.group_id
                  WHERE o.active GROUP BY o.product_id) m ON m.product_id = p.id
      LEFT JOIN (SELECT o.product_id, string_agg(DISTINCT paper.names, '|') AS words
                   FROM offer o JOIN certificate ON certificate.offer_id = o.id
                   JOIN paper ON paper.kind = certificate.kind
                  WHERE o.active GROUP BY o.product_id) c ON c.product_id = p.id
     WHERE p.active
     UNION ALL
    SELECT 'group', g.code, g.id, fold(g.name_th || '|' || g.name_en),
           maker.words || '|' || maker.place || '|' || coalesce(goods.words, ''),
           g.name_th, g.name_en, g.sort_key
      FROM producer_group g JOIN maker ON maker.id = g.id
      LEFT JOIN (SELECT o.group_id, string_agg(fold(p.name_th || '|' || p.name_en), '|'
                        ORDER BY p.id) AS words
                   FROM offer o JOIN product p ON p.id = o.product_id AND p.active
                  WHERE o.active GROUP BY o.group_id) goods ON goods.group_id = g.id
     UNION ALL
    SELECT 'place', area.code, NULL::bigint, fold(area.name_th || '|' || area.name_en),
           fold(area.name_th || '|' || area.name_en || '|' || area.around),
           area.name_th, area.name_en, area.sort_key
      FROM (SELECT code, name_th, name_en, '' AS around, sort_key FROM province
            UNION ALL
            SELECT a.code, a.name_th, a.name_en, p.name_th || '|' || p.name_en, ''
              FROM amphoe a JOIN province p ON p.code = a.province_code
            UNION ALL
            SELECT t.code, t.name_th, t.name_en,
                   a.name_th || '|' || a.name_en || '|' || p.name_th || '|' || p.name_en, t.sort_key
              FROM tambon t JOIN amphoe a ON a.code = t.amphoe_code
              JOIN province p ON p.code = t.province_code) area
     WHERE EXISTS (SELECT 1 FROM producer_group g
                    WHERE g.active AND g.tambon_code ^@ area.code)
     UNION ALL
    SELECT 'category', c.key, NULL::bigint, fold(c.name_th || '|' || c.name_en),
           fold(c.name_th || '|' || c.name_en), c.name_th, c.name_en, ''
      FROM category c
     UNION ALL
    SELECT 'certificate', t.kind, NULL::bigint, fold(t.names), fold(t.names), t.name_th,
           t.name_en, ''
      FROM unnest(CAST(:paper_kinds AS text[]), CAST(:paper_names AS text[]),
                  CAST(:papers_th AS text[]), CAST(:papers_en AS text[]))
           AS t(kind, names, name_th, name_en)
     WHERE EXISTS (SELECT 1 FROM certificate c JOIN offer o ON o.id = c.offer_id
                    WHERE c.kind = t.kind AND o.active)),
    gone AS (
        DELETE FROM search_entry e
         WHERE NOT EXISTS (SELECT 1 FROM fresh f WHERE f.kind = e.kind AND f.key = e.key))
    INSERT INTO search_entry AS e (kind, key, ref_id, names, text, name_th, name_en, sort_key)
    SELECT kind, key, ref_id, '|' || names || '|', '|' || text || '|', name_th, name_en, sort_key
      FROM fresh
        ON CONFLICT (kind, key) DO UPDATE
       SET ref_id = excluded.ref_id, names = excluded.names, text = excluded.text,
           name_th = excluded.name_th, name_en = excluded.name_en, sort_key = excluded.sort_key
     WHERE (e.ref_id, e.names, e.text, e.name_th, e.name_en, e.sort_key) IS DISTINCT FROM
           (excluded.ref_id, excluded.names, excluded.text, excluded.name_th, excluded.name_en,
            excluded.sort_key)
    """
)


def refresh_search(session: Session) -> None:
    """Make what can be found agree with the catalogue; what did not change is not written."""
    kinds = list(CERTIFICATES)
    session.flush()
    session.execute(
        _REFRESH,
        {
            "paper_kinds": kinds,
            "paper_names": ["|".join(CERTIFICATES[kind]) for kind in kinds],
            "papers_th": [CERTIFICATES[kind][0] for kind in kinds],
            "papers_en": [CERTIFICATES[kind][1] for kind in kinds],
        },
    )
    refresh_facets(session)


def load_synonyms(session: Session, path: Path = SYNONYMS) -> None:
    """The words the market starts with; those that are there already stay."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = [(row["said"], row["means"]) for row in csv.DictReader(file)]
    values = [
        {"said": thai.fold(said), "means": thai.fold(means), "shown": f"{said} = {means}"}
        for said, means in rows
    ]
    session.execute(pg_insert(Synonym).on_conflict_do_nothing(), values)
