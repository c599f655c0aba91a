"""Words of the catalogue that several subjects show."""

from __future__ import annotations

import re

from flask_babel import lazy_gettext as _

CERTIFICATES = {
    "FDA": _("FDA food number"),
    "FDA_COS": _("FDA cosmetic notification"),
    "FDA_HERB": _("FDA herbal product"),
    "TCPS": _("Community product standard"),
    "GAP": "GAP",
    "ORGTH": "Organic Thailand",
    "PGS": _("PGS participatory organic"),
    "GI": _("Geographical indication (GI)"),
    "HALAL": _("Halal"),
    "OTOP3": _("OTOP 3 stars"),
    "OTOP4": _("OTOP 4 stars"),
    "OTOP5": _("OTOP 5 stars"),
}
ALLERGENS = {
    "egg": _("egg"),
    "fish": _("fish"),
    "gluten": _("gluten"),
    "shrimp": _("shrimp"),
    "peanut": _("peanut"),
    "sesame": _("sesame"),
    "tree_nut": _("tree nuts"),
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
