"""What a buyer types. Refusals of a field stand beside it; nothing else is lost."""

from __future__ import annotations

import re
from typing import Any

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from werkzeug.datastructures import MultiDict
from wtforms import (
    BooleanField,
    HiddenField,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import DataRequired, Email, Length, Optional, ValidationError

from market.errors import Refused
from market.orders.addresses.rules import PARTS, AddressParts, address_parts
from market.orders.checkout import Checkout, GiftTo
from market.orders.rules import PayMethod
from market.thai import normalise, phone_e164, whole_number

NAME_LENGTH, NOTE_LENGTH, MAIL_LENGTH, GIFT_WORDS = 200, 1000, 254, 300
MOST_SATANG = 10**13
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
_KEY = re.compile(r"[0-9a-f]{32}")


def clean(text: str | None) -> str:
    """What was typed, in the one stored spelling; control characters cannot be stored."""
    return normalise(_CONTROL.sub("", text or ""))


def typed_id(text: str | None) -> int | None:
    """An id from an address or a hidden field; None where it cannot be one."""
    return int(text) if text and re.fullmatch(r"[0-9]{1,18}", text) else None


def typed_units(text: str | None, *, low: int = 0) -> int:
    """A count as typed, Thai digits too. Raises Refused."""
    return whole_number(clean(text), low=low, high=100_000)


def last_units(sent: MultiDict[str, str]) -> int:
    """A count where a button may overrule the field: the press comes last. Raises Refused."""
    typed = sent.getlist("units")
    return typed_units(typed[-1] if typed else None)


_NO_PHONE = _("Type a Thai phone number, such as 081-234-5678.")
_TOO_LONG = _("This is too long. Use at most %(max)d letters.")


class CheckoutForm(FlaskForm):  # type: ignore[misc]
    """Who orders, how they pay, and where the goods go."""

    class Meta:
        """The token is checked before every post; once is enough."""

        csrf = False

    name = StringField(
        filters=[clean],
        validators=[
            DataRequired(_("Type your name.")),
            Length(max=NAME_LENGTH, message=_TOO_LONG),
        ],
    )
    phone = StringField(filters=[clean], validators=[DataRequired(_("Type your phone number."))])
    email = StringField(
        filters=[clean],
        validators=[
            Optional(),
            Length(max=MAIL_LENGTH, message=_TOO_LONG),
            # Hardly any mail server takes other letters before the @.
            Email(_("Type a whole e-mail address, such as name@mail.com."), allow_smtputf8=False),
        ],
    )
    address = TextAreaField(
        filters=[clean], validators=[Length(max=NOTE_LENGTH, message=_TOO_LONG)]
    )
    house_no = StringField(filters=[clean], validators=[Length(max=120, message=_TOO_LONG)])
    moo = StringField(filters=[clean], validators=[Length(max=120, message=_TOO_LONG)])
    village = StringField(filters=[clean], validators=[Length(max=120, message=_TOO_LONG)])
    soi = StringField(filters=[clean], validators=[Length(max=120, message=_TOO_LONG)])
    road = StringField(filters=[clean], validators=[Length(max=120, message=_TOO_LONG)])
    keep_address = BooleanField()
    gift_name = StringField(
        filters=[clean], validators=[Length(max=NAME_LENGTH, message=_TOO_LONG)]
    )
    gift_phone = StringField(filters=[clean])
    gift_words = TextAreaField(
        filters=[clean], validators=[Length(max=GIFT_WORDS, message=_TOO_LONG)]
    )
    every = SelectField(choices=["", "1", "2"], default="", validate_choice=False)
    address_note = TextAreaField(
        filters=[clean], validators=[Length(max=NOTE_LENGTH, message=_TOO_LONG)]
    )
    pay = RadioField(
        choices=[(method.value, method.value) for method in PayMethod],
        default=PayMethod.PROMPTPAY.value,
        validate_choice=False,
    )
    at_once = HiddenField()  # the round is paid with the order
    point = HiddenField(filters=[typed_id])
    tambon = HiddenField(filters=[clean])
    key = HiddenField(filters=[clean])
    expected = HiddenField(filters=[clean])

    def validate_phone(self, field: Any) -> None:
        """Thai numbers as people write them."""
        try:
            self.phone_number = phone_e164(field.data)
        except Refused:
            raise ValidationError(_NO_PHONE) from None

    def validate_address(self, field: Any) -> None:
        """A parcel needs a house number."""
        if not self.point.data and self.tambon.data and not (field.data or self.house_no.data):
            raise ValidationError(_("Type the house number and the street."))

    def validate_gift_name(self, field: Any) -> None:
        """A card or a phone without a name is half a gift."""
        if not field.data and (self.gift_phone.data or self.gift_words.data):
            raise ValidationError(_("Type the name of whoever gets it."))

    def validate_gift_phone(self, field: Any) -> None:
        """The pick-up point or the carrier calls whoever gets it."""
        if self.gift_name.data:
            try:
                self.gift_phone_number = phone_e164(field.data or "")
            except Refused:
                raise ValidationError(_NO_PHONE) from None

    def parts(self) -> AddressParts:
        """House, village number, village, lane and road."""
        return address_parts({part: getattr(self, part).data or "" for part in PARTS})

    def gift(self, secret: str) -> GiftTo | None:
        """For whom it is, where it is not for the buyer."""
        if not self.gift_name.data:
            return None
        return GiftTo(
            name=self.gift_name.data, phone=self.gift_phone_number,
            words=self.gift_words.data or "", secret=secret,
        )  # fmt: skip

    def method(self) -> PayMethod:
        """How they mean to pay; a QR where the page never had the answer."""
        return PayMethod(self.pay.data if self.pay.data in set(PayMethod) else "promptpay")

    def sent(self, round_id: int, secret: str) -> Checkout:
        """The checked answers. Raises Refused for hidden fields that the page never had."""
        if not _KEY.fullmatch(self.key.data or ""):
            raise Refused("page_damaged")
        if not re.fullmatch(r"\d{1,13}", self.expected.data or ""):
            raise Refused("page_damaged")
        if not self.point.data and not re.fullmatch(r"\d{6}", self.tambon.data or ""):
            raise Refused("choose_destination")
        return Checkout(
            round_id=round_id,
            key=self.key.data,
            name=self.name.data,
            phone=self.phone_number,
            email=self.email.data or None,
            pay_method=self.method(),
            expected_ceiling_satang=int(self.expected.data),
            point_id=self.point.data,
            tambon_code=None if self.point.data else self.tambon.data,
            address=self.parts().line() if self.house_no.data else self.address.data or None,
            address_note=self.address_note.data or None,
            gift=self.gift(secret),
        )
