"""What a coordinator types about a trip."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, time

from market.errors import Refused
from market.fulfilment.gathering.commands import NewTrip, TripWords
from market.fulfilment.gathering.queries import Vehicle
from market.fulfilment.gathering.rules import CaseOutcome
from market.payments.forms import typed_id
from market.thai import arabic_digits, normalise, phone_e164, whole_number

MOST_KG = 30_000
MOST_NAME = 80


def typed_day(typed: str | None) -> date | None:
    """A day of an address; None where there is none or it is none."""
    try:
        return date.fromisoformat(typed or "")
    except ValueError:
        return None


def typed_trip(
    form: Mapping[str, str], groups: Sequence[str], vehicles: Sequence[Vehicle], named: str
) -> NewTrip:
    """A new trip. ``named``: the field of a vehicle's name by language. Refused in words."""
    on = typed_day(form.get("on"))
    if on is None:
        raise Refused("trip_day_unreadable")
    own = typed_id(form.get("vehicle_of"))
    vehicle = next((v for v in vehicles if v.group_id == own), None)
    return NewTrip(
        on=on,
        group_ids=tuple(filter(None, map(typed_id, groups))),
        words=typed_words(form, (getattr(vehicle, named), vehicle.capacity_g) if vehicle else None),
    )


def typed_words(form: Mapping[str, str], chosen: tuple[str, int] | None = None) -> TripWords:
    """Vehicle, driver and start. What was typed counts before the vehicle that was ``chosen``.
    Refused in words.
    """
    name, capacity_g = _vehicle(form, chosen)
    driver = normalise(form.get("driver_name", "")[:400])[:MOST_NAME]
    if not driver:
        raise Refused("trip_driver_missing")
    phone = form.get("driver_phone", "").strip()
    return TripWords(
        starts=_typed_time(form.get("starts", "")),
        vehicle=name,
        capacity_g=capacity_g,
        driver_name=driver,
        driver_phone=phone_e164(phone) if phone else None,
    )


def _vehicle(form: Mapping[str, str], chosen: tuple[str, int] | None) -> tuple[str, int]:
    """Name and grams. Kilograms alone are another load of the chosen one; a name needs both."""
    name = normalise(form.get("vehicle", "")[:400])[:MOST_NAME]
    kg = form.get("kg", "").strip()
    if chosen and not name and not kg:
        return chosen
    if not (name or chosen) or not kg:
        raise Refused("trip_vehicle_missing")
    grams = whole_number(kg, low=1, high=MOST_KG) * 1000
    return name or (chosen[0] if chosen else ""), grams


def typed_outcome(form: Mapping[str, str]) -> tuple[CaseOutcome, str]:
    """What became of a box, and in which words. Refused for what is no outcome."""
    chosen = form.get("outcome", "")
    if chosen not in set(CaseOutcome):
        raise Refused("box_report_unreadable")
    return CaseOutcome(chosen), normalise(form.get("words", "")[:1000])[:300]


def _typed_time(typed: str) -> time:
    text = arabic_digits(typed).strip().replace(".", ":")
    try:
        return time.fromisoformat(text.zfill(5)).replace(tzinfo=None)
    except ValueError:
        raise Refused("trip_time_unreadable") from None
