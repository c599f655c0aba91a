"""Refusals that every subject shares, in words. ``{name}`` is filled from the error's data."""

from __future__ import annotations

from flask_babel import lazy_gettext as _

SENTENCES = {
    "refused": _("This cannot be done now. Nothing was changed."),
    "not_found": _("We cannot find this page. It may have moved."),
    "not_a_whole_number": _("Type a whole number from {low} to {high}."),
    "number_out_of_range": _("Type a number from {low} to {high}."),
    "phone_not_thai": _("Type a Thai phone number, such as 081-234-5678."),
    "cannot_be_kept": _("This text holds a sign that cannot be kept. Go back and type it again."),
    "baht_has_two_decimals": _("Type baht with at most two decimals."),
    "picture_missing": _("Choose a picture first, then send it."),
    "picture_too_large": _("The picture is larger than {megabytes} MB. Send a screenshot instead."),
    "picture_too_many_pixels": _(
        "The picture has more than {megapixels} million points. Send a screenshot instead."
    ),
    "picture_unreadable": _(
        "This file is no picture we can read. Send a JPEG, PNG or WebP, such as a screenshot."
    ),
    "file_is_gone": _("The file cannot be read just now. Try again, or tell the administrator."),
}
