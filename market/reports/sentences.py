"""Refusals of reports in words."""

from flask_babel import lazy_gettext as _

SENTENCES = {
    "report_not_yet": _("There is nothing to report yet: the round is not that far."),
    "report_people_over": _(
        "This round is over. Names and addresses are shown to groups while they send."
    ),
    "report_being_frozen": _("The figures are being put together. Try again in a minute."),
    "report_large": _("This report is large. Have the file made; you are told when it is ready."),
    "report_no_pdf": _("PDF cannot be made here: {missing} is missing. Print the page instead."),
    "report_too_long_for_pdf": _("A PDF holds at most {most} rows. Take XLSX for this one."),
    "report_too_long_for_xlsx": _("A workbook holds at most {most} rows. Take CSV for this one."),
    "report_taken_over": _("Another worker makes this file."),
    "report_no_file": _("This file is not here any more. Have it made again."),
    "report_no_recipient": _("Choose at least one person who gets it."),
    "report_occasion": _("Choose when it is sent."),
}
