"""Refusals of slips, statements, payouts and papers, in words."""

from __future__ import annotations

from flask_babel import lazy_gettext as _

SENTENCES = {
    "picture_missing": _("Choose the picture of the slip first, then send it."),
    "picture_too_large": _("The picture is larger than {megabytes} MB. Send a screenshot instead."),
    "picture_too_many_pixels": _(
        "The picture has more than {megapixels} million points. Send a screenshot instead."
    ),
    "picture_unreadable": _(
        "This file is no picture we can read. Send a JPEG, PNG or WebP, such as a screenshot."
    ),
    "file_is_gone": _("The file cannot be read just now. Try again, or tell the administrator."),
    "too_many_slips": _(
        "{most} slips were sent for this order already. Call us, we look at it together."
    ),
    "slip_decided": _("Somebody has decided about this slip already. Nothing was changed."),
    "slip_same_transfer": _(
        "Another slip of this order shows the same transfer. Refuse this one; its money counts"
        " once."
    ),
    "slip_service_away": _("The slip service does not answer now. We ask it again by ourselves."),
}
