"""What imports keeps about a person: who brought in which sheet."""

from __future__ import annotations

from flask_babel import lazy_gettext as _

from market.personal import Personal, Told

PERSONAL = Personal(
    told=(
        Told(
            "sheets",
            _("Sheets brought in"),
            "SELECT kind, state, file_name, total_rows, created_at, applied_at, undone_at"
            " FROM sheet_import WHERE user_id = :user_id ORDER BY id",
        ),
    ),
    forgets=(
        "DELETE FROM sheet_row WHERE import_id IN"
        " (SELECT id FROM sheet_import WHERE user_id = :user_id)",
        "UPDATE sheet_import SET file_name = '-', heads = '[]', columns = '{}', expires_at = :now,"
        " state = CASE WHEN state IN ('matching', 'checking', 'checked') THEN 'dropped'"
        " ELSE state END WHERE user_id = :user_id",
    ),
    keeps={
        "sheet_import": "that a sheet was brought in stays, without its name and its rows",
        "sheet_row": "deleted; rows of every import go by themselves within 30 days",
    },
)
