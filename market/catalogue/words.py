"""Words of the catalogue that several subjects show."""

from __future__ import annotations

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
