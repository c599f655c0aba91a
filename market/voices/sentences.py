"""Refusals about reviews and thanks, in words."""

from __future__ import annotations

from flask_babel import lazy_gettext as _

SENTENCES = {
    "review_not_received": _(
        "Only those who received these goods can review them. Nothing was saved."
    ),
    "review_refunded": _(
        "You got the whole price of these goods back, so they are not reviewed. Thank you for"
        " telling us of the problem."
    ),
    "review_score_missing": _("Choose how good it was, then send again. Your words are kept."),
    "review_too_old": _("A review can be changed for 14 days. This one stays as it is."),
    "review_hidden": _("This review was taken away by a coordinator. It cannot be changed."),
    "review_photos_full": _("A review has room for {most} pictures."),
    "review_replied": _("The group has answered this review already. An answer stays."),
    "voice_words_missing": _("Write a few words first, then send again."),
    "voice_words_too_long": _("This is too long. Up to {most} letters fit; you wrote {count}."),
    "voice_reason_missing": _("Say why, in a few words. The buyer reads it."),
    "thanks_not_received": _(
        "You can thank the makers when you have received their goods. Nothing was sent."
    ),
    "thanks_empty": _("Write a few words or choose a picture, then send again."),
}
