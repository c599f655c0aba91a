"""What is typed on the pages of a request. Each refusal is a sentence beside its question."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, Protocol

from market.catalogue.words import CERTIFICATES
from market.errors import Refused
from market.intake import row_number
from market.made_to_order.rules import SHORT_LENGTH, WORDS_LENGTH, BuyerKind
from market.made_to_order.words import unit_of
from market.orders.forms import clean as clean
from market.orders.forms import typed_id as typed_id
from market.thai import BUDDHIST_YEARS, arabic_digits, phone_e164, whole_number

MOST_BAHT = 1_000_000
_MAIL = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")
_DAY = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})")
_BUDDHIST_FROM = 2400


class Sent(Protocol):
    """What a browser sent."""

    def get(self, key: str, /) -> Any:
        """One value; None where nothing of this name was sent."""

    def getlist(self, key: str, /) -> list[str]:
        """All values of a name."""


def read_answer(step: str, sent: Sent) -> dict[str, Any]:
    """The columns that the answer to one question fills. Raises Refused."""
    return _READERS[step](sent)


def typed_day(text: str | None) -> date:
    """A day from a date field, or as people write it: 25/11/2569 or 25/11/2026."""
    typed = arabic_digits(clean(text))
    try:
        written = _DAY.fullmatch(typed)
        if written is None:
            return date.fromisoformat(typed)
        day, month, year = map(int, written.groups())
        return date(year - BUDDHIST_YEARS if year > _BUDDHIST_FROM else year, month, day)
    except ValueError:
        raise Refused("day_missing") from None


def typed_baht(text: str | None, *, code: str = "price_missing") -> int:
    """An amount in baht as typed, in satang. Refused: nothing, not above zero, far too much."""
    typed = arabic_digits(clean(text)).replace(",", "").replace("฿", "").strip()
    try:
        amount = Decimal(typed) * 100
    except InvalidOperation:
        raise Refused(code) from None
    if not amount.is_finite() or not 0 < amount <= MOST_BAHT * 100:
        raise Refused(code)
    if amount != amount.to_integral_value():
        raise Refused("baht_has_two_decimals")
    return int(amount)


def typed_units(text: str | None, *, high: int = 100_000) -> int:
    """A count as typed. Raises Refused."""
    return whole_number(clean(text), low=1, high=high)


def typed_shares(sent: Mapping[str, str]) -> dict[int, int]:
    """Units by group from fields called units-<group>; none and nothing are left out."""
    found: dict[int, int] = {}
    for name, value in sent.items():
        group = re.fullmatch(r"units-(\d{1,18})", name)
        if group and clean(value) not in ("", "0"):
            found[row_number(group[1])] = typed_units(value)
    return found


def typed_shares_or_none(sent: Mapping[str, str]) -> dict[int, int] | None:
    """As ``typed_shares``; None where they cannot be read, or there are none."""
    try:
        return typed_shares(sent) or None
    except (Refused, ValueError):
        return None


def _what(sent: Sent) -> dict[str, Any]:
    words = clean(sent.get("words"))
    if len(words) < 3:
        raise Refused("words_missing")
    if len(words) > WORDS_LENGTH:
        raise Refused("words_too_long", high=WORDS_LENGTH)
    return {"words": words, "category_key": _word(sent.get("category_key")) or None}


def _like(sent: Sent) -> dict[str, Any]:
    typed = _word(sent.get("product_id"))
    return {"product_id": int(typed) if re.fullmatch(r"\d{1,18}", typed) else None}


def _amount(sent: Sent) -> dict[str, Any]:
    unit = unit_of(_word(sent.get("unit")))
    if unit is None:
        raise Refused("unit_missing")
    typed = _word(sent.get("weight_g"))
    weight_g = whole_number(typed, low=1, high=1_000_000) if typed else unit.weight_g
    return {
        "units": typed_units(sent.get("units")), "unit_th": unit.th, "unit_en": unit.en,
        "ship_weight_g": 1000 if unit.th == "กก." else weight_g,
    }  # fmt: skip


def _when(sent: Sent) -> dict[str, Any]:
    return {"needed_on": typed_day(sent.get("needed_on"))}


def _where(sent: Sent) -> dict[str, Any]:
    point, tambon = _word(sent.get("point_id")), _word(sent.get("tambon_code"))
    if re.fullmatch(r"\d{1,18}", point):
        return {"point_id": int(point), "address": None, "address_note": None}
    if not re.fullmatch(r"\d{6}", tambon):
        raise Refused("place_missing")
    address = clean(sent.get("address"))[: SHORT_LENGTH * 3]
    if not address:
        raise Refused("address_missing")
    note = clean(sent.get("address_note"))[: SHORT_LENGTH * 3]
    return {
        "point_id": None, "tambon_code": tambon, "address": address, "address_note": note or None,
    }  # fmt: skip


def _price(sent: Sent) -> dict[str, Any]:
    return {"max_price_satang": typed_baht(sent.get("price"))}


def _standards(sent: Sent) -> dict[str, Any]:
    return {
        "standards": sorted({kind for kind in sent.getlist("standard") if kind in CERTIFICATES})
    }


def _who(sent: Sent) -> dict[str, Any]:
    kind = _word(sent.get("buyer_kind"))
    if kind not in set(BuyerKind):
        raise Refused("buyer_kind_missing")
    org = _word(sent.get("org_name")) or None
    if kind != BuyerKind.PERSON and org is None:
        raise Refused("org_name_missing")
    name = _word(sent.get("name"))
    if not name:
        raise Refused("name_missing")
    return {
        "buyer_kind": BuyerKind(kind), "org_name": org, "name": name,
        "tax_id": tax_id_of(sent.get("tax_id")), "phone": phone_e164(_word(sent.get("phone"))),
        "email": _mail(sent.get("email")),
    }  # fmt: skip


def tax_id_of(text: str | None) -> str | None:
    """Thirteen digits however they are cut; None where nothing is typed. Raises Refused."""
    digits = re.sub(r"[\s-]", "", arabic_digits(clean(text)))
    if digits and not re.fullmatch(r"\d{13}", digits):
        raise Refused("tax_id_wrong")
    return digits or None


def _mail(text: str | None) -> str | None:
    typed = clean(text).lower()
    if typed and (len(typed) > 254 or not _MAIL.fullmatch(typed)):
        raise Refused("email_wrong")
    return typed or None


def _word(text: str | None) -> str:
    return clean(text)[:SHORT_LENGTH]


_READERS: dict[str, Callable[[Sent], dict[str, Any]]] = {
    "what": _what, "like": _like, "amount": _amount, "when": _when, "where": _where,
    "price": _price, "standards": _standards, "who": _who,
}  # fmt: skip
