"""What accounts refuses, in words."""

from __future__ import annotations

from flask_babel import lazy_gettext as _

SENTENCES = {
    "link_needs_group_or_order": _("Say whose links: a group's or an order's."),
    "buyer_needs_contact": _("Type a phone number or an e-mail, so that we can reach you."),
    "name_length": _("Use 1 to {high} letters."),
    "user_unknown": _("Nobody here signs in as {login}."),
    "user_exists": _("Somebody signs in as {login} already."),
    "grant_needs_place": _("Say where: an area code, the whole country, or a group."),
}
