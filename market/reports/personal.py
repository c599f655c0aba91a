"""What reports keep about a person: frozen names and numbers of buyers, files with them, and what
somebody who works here had made or sent.
"""

from __future__ import annotations

from flask_babel import lazy_gettext as _

from market.personal import Personal, Told

#: Files that may hold the person's name: of snapshots with an order of theirs, and of contacts.
_FILES = """state = 'ready' AND (asked_by = :user_id OR report = 'contacts' OR snapshot_id IN (
    SELECT snapshot_id FROM report_order WHERE order_id IN (TABLE my_orders)))"""

PERSONAL = Personal(
    told=(
        Told(
            "report_files",
            _("Reports I had made"),
            "SELECT asked_at, report AS kind, format AS way, state FROM report_job"
            " WHERE asked_by = :user_id ORDER BY id",
        ),
        Told(
            "report_mails",
            _("Reports by mail"),
            "SELECT s.made_at AS created_at, s.report AS kind, s.format AS way,"
            " s.occasion AS every, coalesce(s.stopped_at, c.stopped_at) AS ended_at"
            " FROM report_schedule s LEFT JOIN report_recipient c"
            " ON c.schedule_id = s.id AND c.user_id = :user_id"
            " WHERE s.user_id = :user_id OR c.user_id = :user_id ORDER BY s.id",
        ),
    ),
    files=(f"SELECT sha256 FROM report_job WHERE {_FILES}",),  # noqa: S608
    forgets=(
        f"UPDATE report_job SET state = 'expired', sha256 = NULL WHERE {_FILES}",  # noqa: S608
        "UPDATE report_order SET buyer = '–', phone = NULL, address = NULL"
        " WHERE order_id IN (TABLE my_orders)",
        "DELETE FROM report_recipient WHERE user_id = :user_id",
        "DELETE FROM report_schedule WHERE user_id = :user_id",
        "DELETE FROM report_job WHERE asked_by = :user_id AND state <> 'ready'",
    ),
    keeps={
        "report_order": "without name, phone and address",
        "report_job": "deleted, with its file",
        "report_schedule": "deleted",
        "report_recipient": "deleted",
        "report_sending": "deleted",
    },
)
