"""Words for the keys that products and groups carry."""

from __future__ import annotations

import re

from flask_babel import lazy_gettext as _

from market.catalogue.words import ALLERGENS as ALLERGENS
from market.catalogue.words import CERTIFICATES as CERTIFICATES

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

_PACK_TH = {
    "kg": "กก.", "g": "กรัม", "ml": "มล.", "L": "ลิตร", "m": "ม.", "pc": "ชิ้น", "pcs": "ชิ้น",
    "eggs": "ฟอง", "sachets": "ซอง", "person": "คน",
}  # fmt: skip


def pack_words(pack: str, language: str) -> str:
    """The size of a pack: ``10 eggs`` is ``10 ฟอง`` in Thai."""
    if language != "th":
        return pack
    return re.sub(r"[A-Za-z]{1,10}$", lambda unit: _PACK_TH.get(unit[0], unit[0]), pack)
