"""Sample data of those who care for groups: made up, and marked so in its rows."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import text
from sqlalchemy.orm import Session

from market.clock import bangkok_date
from market.mentoring.rules import Point

_MENTOR = text("SELECT id FROM \"user\" WHERE email = 'coordinator@talad.example'")
#: The number of a group itself, for those that have a telephone together.
_PHONES = text(
    """
    UPDATE producer_group SET phone = '+668000' || lpad((40000 + place.nr)::text, 5, '0')
      FROM (SELECT id, row_number() OVER (ORDER BY code) AS nr
              FROM producer_group WHERE sample) AS place
     WHERE place.id = producer_group.id AND place.nr % 6 <> 5
    """
)
#: Ready groups have met nearly all, the others some: by their ids, so that it is always the same.
_CHECKS = text(
    """
    INSERT INTO readiness_check (group_id, point, note, ticked_at, ticked_by, sample)
    SELECT g.id, p.name, CASE WHEN p.nr = 1 THEN 'สมาชิกใช้เองทุกบ้าน' ELSE '' END,
           CAST(:now AS timestamptz) - make_interval(days => (10 + (g.id + p.nr * 7) % 60)::int),
           :actor, true
      FROM (SELECT id, readiness, row_number() OVER (ORDER BY code) AS place
              FROM producer_group WHERE sample) g
      JOIN unnest(CAST(:points AS text[])) WITH ORDINALITY AS p (name, nr) ON p.nr <= CASE
           WHEN g.readiness = 2 THEN 9 + g.place % 2 ELSE greatest(0, (g.place * 5) % 13 - 3) END
    ON CONFLICT (group_id, point) DO NOTHING
    """
)
_CONTACTS = text(
    """
    INSERT INTO group_contact (group_id, name, phone, part, from_on, entered_at, entered_by, sample)
    SELECT g.id, (ARRAY['สมใจ ใจงาม', 'บุญมา ทองดี', 'มาลัย ศรีสุข', 'คำปัน แก้วใส'])[1 + g.place % 4],
           '+668000' || lpad((10000 + g.place)::text, 5, '0'), 'เหรัญญิก',
           CAST(:today AS date) - 90, :now, :actor, true
      FROM (SELECT id, readiness, row_number() OVER (ORDER BY code) AS place
              FROM producer_group WHERE sample) g
     WHERE (g.readiness = 2 AND g.place % 5 <> 0) OR g.place % 3 = 0
    ON CONFLICT DO NOTHING
    """
)
_OFFICERS = text(
    """
    WITH place AS (
        SELECT t.code, row_number() OVER (ORDER BY t.code) AS nr
          FROM tambon t WHERE t.readiness IS NOT NULL),
    gone AS (
        INSERT INTO officer (tambon_code, name, office, phone, from_on, to_on, entered_at,
                             entered_by, sample)
        SELECT code, 'ประยูร ชอบช่วย', 'นักพัฒนาชุมชน อบต.', NULL, CAST(:today AS date) - 800,
               CAST(:today AS date) - 12, :now, :actor, true
          FROM place WHERE nr % 23 = 4
        RETURNING id, tambon_code)
    INSERT INTO officer (tambon_code, name, office, phone, from_on, after_id, entered_at,
                         entered_by, sample)
    SELECT place.code, CASE WHEN gone.id IS NULL THEN 'วิไล รักงาน' ELSE 'อนันต์ มาใหม่' END,
           'นักพัฒนาชุมชน อบต.', '+668000' || lpad((20000 + place.nr)::text, 5, '0'),
           CAST(:today AS date) - CASE WHEN gone.id IS NULL THEN 700 ELSE 12 END, gone.id, :now,
           :actor, true
      FROM place LEFT JOIN gone ON gone.tambon_code = place.code
     WHERE place.nr % 4 <> 1 OR gone.id IS NOT NULL
    """
)
_VISITS = text(
    """
    INSERT INTO visit (group_id, state, planned_on, planned_by, purpose, looked_at, advice,
                       next_step, next_on, done_at, done_by, seen_at, sample)
    SELECT g.id, 'done', CAST(:today AS date) - (5 + g.place % 70)::int, :actor,
           'ดูการผลิตก่อนรอบหน้า', CAST('{making,quality,labels}' AS text[]),
           'ของสะอาดดี ฉลากยังไม่มีวันหมดอายุ ขอให้เขียนวันผลิตทุกถุง',
           CASE WHEN g.place % 3 = 0 THEN 'พิมพ์ฉลากใหม่ให้ครบทุกขนาด' ELSE '' END,
           CASE WHEN g.place % 3 = 0 THEN CAST(:today AS date) + (g.place % 15)::int - 4 END,
           CAST(:now AS timestamptz) - make_interval(days => (5 + g.place % 70)::int), :actor,
           CASE WHEN g.place % 2 = 0 THEN CAST(:now AS timestamptz) - interval '4 days' END, true
      FROM (SELECT id, row_number() OVER (ORDER BY readiness DESC, code) AS place
              FROM producer_group WHERE sample) g WHERE g.place <= 40
     UNION ALL
    SELECT g.id, 'planned', CAST(:today AS date) + (g.place % 20)::int - 3, :actor,
           'ตรวจสิบข้อก่อนขายนอกพื้นที่', CAST('{}' AS text[]),
           '', '', CAST(NULL AS date), CAST(NULL AS timestamptz), NULL,
           CAST(NULL AS timestamptz), true
      FROM (SELECT id, row_number() OVER (ORDER BY code) AS place
              FROM producer_group WHERE sample AND readiness = 1) g WHERE g.place % 9 = 2
    ON CONFLICT DO NOTHING
    """
)
#: Papers with a last day, so that some lapse soon.
_PAPERS = text(
    """
    UPDATE certificate c SET expires_on = CAST(:today AS date)
           + CASE WHEN c.id % 11 = 3 THEN 30 ELSE 400 END
      FROM offer o JOIN producer_group g ON g.id = o.group_id AND g.sample
     WHERE c.offer_id = o.id AND c.expires_on IS NULL AND c.kind NOT IN ('GI', 'OTOP3', 'OTOP4',
           'OTOP5')
    """
)


def load_sample_care(session: Session, now: datetime) -> None:
    """Telephones, ticked points, contacts, officers and visits of the sample groups."""
    mentor = session.scalar(_MENTOR)
    given = {
        "now": now - timedelta(hours=1), "today": bangkok_date(now), "actor": f"user:{mentor}",
        "points": [point.value for point in Point],
    }  # fmt: skip
    for part in (_PHONES, _CHECKS, _CONTACTS, _OFFICERS, _VISITS, _PAPERS):
        session.execute(part, given)
