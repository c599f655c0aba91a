"""What notices refuses, in words."""

from __future__ import annotations

from flask_babel import lazy_gettext as _

SENTENCES = {
    "mail_address_unusable": _("Mail cannot reach this address. Type another one."),
    "mail_not_sent": _("Mail cannot be sent just now. We try again by ourselves."),
}
