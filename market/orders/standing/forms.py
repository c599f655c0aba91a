"""What a buyer types about a standing order. Hidden fields are trusted in nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation

from market.errors import Refused
from market.money import satang
from market.orders.addresses.queries import AddressView
from market.orders.forms import NAME_LENGTH, clean, typed_id, typed_units
from market.orders.rules import IfShort, PayMethod, ShortageChoice, choices_for
from market.orders.standing.commands import Terms
from market.orders.standing.queries import LineView, StandingView
from market.orders.standing.rules import StandingLine
from market.thai import arabic_digits, phone_e164

MOST_BAHT = 1_000_000


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where to: a point, or an address."""

    point_id: int | None = None
    tambon_code: str | None = None
    address: str | None = None
    address_note: str | None = None


def typed_ceiling(typed: str | None) -> int:
    """Baht as typed, Thai digits too, in satang. Raises Refused."""
    try:
        amount = satang(Decimal(arabic_digits(clean(typed)).replace(",", "").lstrip("฿")))
    except InvalidOperation:
        raise Refused("standing_ceiling") from None
    if not 0 < amount <= MOST_BAHT * 100:
        raise Refused("standing_ceiling")
    return amount


def typed_short(typed: str | None) -> ShortageChoice:
    """What to do where it falls short; take fewer where nothing was said."""
    return ShortageChoice.NOTHING if typed == "nothing" else ShortageChoice.FEWER


def typed_place(
    typed: str | None, addresses: Sequence[AddressView], now: StandingView | None = None
) -> Place:
    """``p:12`` a point, ``a:5`` one of one's own addresses, ``keep`` where it goes now."""
    kind, _, number = (typed or "").partition(":")
    if kind == "keep" and now is not None:
        return Place(
            point_id=now.point_id, tambon_code=now.tambon_code, address=now.address,
            address_note=now.address_note,
        )  # fmt: skip
    if kind == "p" and typed_id(number):
        return Place(point_id=typed_id(number))
    chosen = [kept for kept in addresses if kind == "a" and kept.id == typed_id(number)]
    if not chosen:
        raise Refused("choose_destination")
    (kept,) = chosen
    return Place(tambon_code=kept.tambon_code, address=kept.line, address_note=kept.note or None)


def typed_terms(sent: Mapping[str, str], place: Place) -> Terms:
    """How often, for whom and how it is paid. Raises Refused."""
    name = clean(sent.get("recipient"))[:NAME_LENGTH]
    if not name:
        raise Refused("standing_name")
    pay = sent.get("pay", "")
    return Terms(
        every=2 if sent.get("every") == "2" else 1,
        pay_method=PayMethod(pay) if pay in set(PayMethod) else PayMethod.PROMPTPAY,
        recipient=name,
        phone=phone_e164(clean(sent.get("phone"))),
        **vars(place),
    )


def typed_lines(sent: Mapping[str, str], lines: Sequence[LineView]) -> list[StandingLine]:
    """The lines as changed: ``units-7``, ``ceiling-7``, ``short-7``; no units drop a line."""
    changed = [(line, _changed(sent, line)) for line in lines]
    return [new for _, new in changed if new.draft.units]


def _changed(sent: Mapping[str, str], line: LineView) -> StandingLine:
    units, ceiling_satang = line.units, line.ceiling_satang
    if f"units-{line.id}" in sent:
        units = typed_units(sent[f"units-{line.id}"])
    if f"ceiling-{line.id}" in sent:
        ceiling_satang = typed_ceiling(sent[f"ceiling-{line.id}"])
    draft = replace(line.draft(), units=units)
    answer = sent.get(f"short-{line.id}", "")
    if answer in set(IfShort):
        maker, shortage = choices_for(IfShort(answer), line.maker)
        draft = replace(draft, maker=maker, shortage=shortage)
    return StandingLine(draft=draft, ceiling_satang=ceiling_satang)
