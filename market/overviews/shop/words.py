"""Words for the keys that products and groups carry."""

from __future__ import annotations

from flask_babel import lazy_gettext as _

from market.catalogue.words import ALLERGENS as ALLERGENS
from market.catalogue.words import CERTIFICATES as CERTIFICATES
from market.catalogue.words import pack_words as pack_words

STORAGE = {
    "ambient": _("Keep dry, at room temperature"),
    "fresh": _("Fresh, keep cool"),
    "chilled": _("Keep in the refrigerator"),
    "frozen": _("Keep frozen"),
}
LEGAL_FORMS = {
    "community_enterprise": _("Community enterprise"),
    "farm_women_group": _("Farm women's group"),
    "livelihood_group": _("Livelihood group"),
    "cooperative": _("Cooperative"),
}
