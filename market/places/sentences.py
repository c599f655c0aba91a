"""Refusals about places, in words."""

from __future__ import annotations

from flask_babel import lazy_gettext as _

SENTENCES = {
    "tambon_not_found": _("We do not know this tambon. Type its name and pick it from the list."),
    "point_not_found": _("This pick-up point is closed. Choose another one."),
}
