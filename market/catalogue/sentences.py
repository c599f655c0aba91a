"""Refusals about the catalogue, in words."""

from __future__ import annotations

from flask_babel import lazy_gettext as _

SENTENCES = {
    "channel_contradicts": _(
        "Goods that stay in their district or at the makers' place are not sent by parcel: take"
        " the ticks off."
    ),
    "photo_too_small": _(
        "This photo is too small to show: at least {pixels} dots on each side. Choose the one the"
        " camera took, not its preview."
    ),
    "photo_missing": _("Choose or take a photo first, then send it."),
    "photo_unreadable": _(
        "This file is no photo we can read. Choose a photo from the camera (JPEG, PNG or WebP)."
    ),
    "photo_too_many_pixels": _(
        "The photo has more than {megapixels} million dots. Set the camera to a smaller size, or"
        " send a screenshot of it."
    ),
    "photo_hide_first": _("Hide the photo first, then remove it."),
    "photo_in_use": _("A story or a step shows this photo. Take it out there first."),
    "photos_full": _("The group has {most} photos, which is the most. Remove one first."),
    "photo_about_needed": _("Choose what the photo shows."),
    "photo_product_needed": _("Choose goods that the group makes."),
    "photo_words_needed": _("Write what one sees in the photo, {least} to {most} letters."),
    "photo_caption_long": _("The line below the photo has {most} letters at most."),
    "photo_people_needed": _("Choose whether somebody can be recognised."),
    "photo_consent_needed": _(
        "Without the leave of everybody in it we cannot show the photo. Ask them, or take another."
    ),
    "photo_unfinished": _("Answer the questions about this photo first."),
    "synonym_length": _("Write what people type in {low} to {high} letters."),
    "synonym_meaning_length": _("Write what it is called here in {low} to {high} letters."),
    "synonym_same": _("For the search these two are the same word already."),
}
