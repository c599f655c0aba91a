"""Refusals of the storefront in words."""

from __future__ import annotations

from flask_babel import lazy_gettext as _

SENTENCES = {
    "search_too_long": _("Search with fewer words: at most {limit} letters."),
    "day_unreadable": _("We cannot read this day. Choose one from the list."),
    "product_not_found": _("We cannot find these goods. They may have been taken off the list."),
    "group_not_found": _("We cannot find this group."),
}
