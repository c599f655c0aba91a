"""What those who care for groups keep about a person.

Contacts and officers are found by the phone number that the person signs in with.
"""

from __future__ import annotations

from flask_babel import lazy_gettext as _

from market.personal import Personal, Told

_MINE = 'phone = (SELECT us_phone_number FROM "user" WHERE id = :user_id)'
_BY = "'user:' || :user_id"

PERSONAL = Personal(
    told=(
        Told(
            "contacts",
            _("Where you are the one to call"),
            f"SELECT g.name_th AS group_name, c.name, c.phone, c.part AS role, c.from_on"  # noqa: S608
            f" FROM group_contact c JOIN producer_group g ON g.id = c.group_id WHERE c.{_MINE}"
            f" UNION ALL SELECT t.name_th, f.name, f.phone, f.office, f.from_on FROM officer f"
            f" JOIN tambon t ON t.code = f.tambon_code WHERE f.{_MINE}",
        ),
        Told(
            "visits",
            _("Visits you recorded"),
            "SELECT g.name_th AS group_name, v.planned_on, v.done_at, v.advice, v.next_step"  # noqa: S608
            " FROM visit v JOIN producer_group g ON g.id = v.group_id"
            f" WHERE v.done_by = {_BY} ORDER BY v.id",
        ),
    ),
    forgets=(
        f"UPDATE group_contact SET name = '–', phone = NULL, to_on = coalesce(to_on, greatest("  # noqa: S608
        f"from_on, (CAST(:now AS timestamptz) AT TIME ZONE 'Asia/Bangkok')::date)) WHERE {_MINE}",
        f"UPDATE officer SET name = '–', phone = NULL, to_on = coalesce(to_on, greatest("  # noqa: S608
        f"from_on, (CAST(:now AS timestamptz) AT TIME ZONE 'Asia/Bangkok')::date)) WHERE {_MINE}",
    ),
    keeps={
        "group_contact": "stays as a day, without name and number",
        "officer": "stays as a day, without name and number",
        "visit": "advice to a group; who gave it stands as a number",
        "visit_photo": "a group's picture",
        "readiness_check": "what was found of a group; by whom stands as a number",
        "readiness_decision": "stays: who decided, by number, and why",
        "flag": "about a group or a tambon; who took it on stands as a number",
    },
)
