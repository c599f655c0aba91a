"""Refusals about household books, in words."""

from __future__ import annotations

from flask_babel import lazy_gettext as _

SENTENCES = {
    "household_linked": _(
        "Somebody with the same number has taken this book already. Ask your coordinator."
    ),
    "household_ended": _("This book was closed and deleted. Nothing is kept of it any more."),
}
