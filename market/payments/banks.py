"""Banks that groups are paid to: the Bank of Thailand's codes, with the names people use."""

from __future__ import annotations

from flask_babel import lazy_gettext as _

BANKS = {
    "002": _("Bangkok Bank"),
    "004": _("Kasikornbank"),
    "006": _("Krungthai Bank"),
    "011": _("TMBThanachart"),
    "014": _("Siam Commercial Bank"),
    "022": _("CIMB Thai"),
    "024": _("UOB"),
    "025": _("Bank of Ayudhya (Krungsri)"),
    "030": _("Government Savings Bank"),
    "033": _("Government Housing Bank"),
    "034": _("BAAC (farmers' bank)"),
    "066": _("Islamic Bank of Thailand"),
    "067": _("TISCO Bank"),
    "069": _("Kiatnakin Phatra Bank"),
    "070": _("ICBC (Thai)"),
    "071": _("Thai Credit Bank"),
    "073": _("Land and Houses Bank"),
}
