"""Refusals about sheets that people bring in, in words."""

from __future__ import annotations

from flask_babel import lazy_gettext as _

SENTENCES = {
    "import_no_file": _("Choose a file first, then send again."),
    "import_empty_file": _("Nothing is written in this file. Fill the sheet in and send it again."),
    "import_too_large": _(
        "This file is too large. Send one below {megabytes} MB, or in two parts."
    ),
    "import_too_many_rows": _("A file has room for {most} rows. Send it in parts."),
    "import_old_excel": _(
        "This is an old Excel file (.xls). Save it as .xlsx or CSV and send that."
    ),
    "import_locked_xlsx": _("This file has a password. Save it without one and send it again."),
    "import_broken_xlsx": _(
        "This Excel file cannot be read. Open it, save it anew as .xlsx, and send that."
    ),
    "import_bomb": _("This file unpacks to far more than a sheet holds, so it was not opened."),
    "import_formulas": _(
        "Some cells hold formulas that were never worked out. Open the file in a spreadsheet,"
        " save it, and send it again."
    ),
    "import_not_csv": _(
        "This is neither an Excel file (.xlsx) nor CSV text. Save the sheet as one of them."
    ),
    "import_not_yours": _("You may not bring in this kind of sheet. Nothing was changed."),
    "import_round_not_draft": _(
        "Offers can be brought into a round while it is planned. This one has opened; choose"
        " another. Nothing was changed."
    ),
    "import_round_not_open": _(
        "This round takes no orders now. Choose a round that is open. Nothing was changed."
    ),
    "import_applied_before": _(
        "This very file has been carried out before. Undo that first, or send a changed file."
    ),
    "import_moved_on": _(
        "Something changed since this page was shown. Look at it again, then decide."
    ),
    "import_column_twice": _("Two columns were given the same meaning. Choose one for each."),
    "import_column_missing": _("Say which column holds: {column_en}."),
    "import_wrong_rows": _(
        "{rows} rows are wrong. Mend them and send the file again, or carry out the good rows only."
    ),
    "import_nothing_to_do": _("All rows are as the market has them already. Nothing to carry out."),
    "import_too_old": _("This was carried out too long ago to be undone in one action."),
    "import_too_few_rows": _("There is no row below the heads. Fill some in and send again."),
}
