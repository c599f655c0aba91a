"""Reasons of a match in words that a coordinator uses. Part of the edge: codes come in here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from flask_babel import gettext as _

from market.clock import BANGKOK
from market.filters import local
from market.matching.queries.lines import OwnOffer
from market.matching.queries.results import OfferMatch
from market.matching.queries.trials import TrialView
from market.matching.queries.trying import ChangeSeen
from market.matching.shortfalls import shortfall_reason as shortfall_reason
from market.matching.shortfalls import stopped_sentence as stopped_sentence
from market.thai import show_date
from market.web import language

Told = OfferMatch | OwnOffer


def offer_reason(offer: Told, unit: str) -> str:
    """One plain sentence on why an offer gets so many; ``unit`` is the product's classifier."""
    data = dict(offer.data) | {"unit": unit}
    if offer.units and offer.insisted_units == offer.units:
        return str(_("All of it was asked from this group by name"))
    reason = _offer_reason(offer, data)
    if not offer.insisted_units or offer.reason != "market_full":
        return reason
    by_name = _("%(n)s %(unit)s asked from this group by name", n=offer.insisted_units, unit=unit)
    return f"{by_name} · {reason}"


def _offer_reason(offer: Told, data: Mapping[str, Any]) -> str:
    if offer.reason == "market_full":
        return _market_full(offer, data)
    if offer.reason == "own_capacity" and offer.units < getattr(offer, "capacity_units", 0):
        return _said_less(data)  # reports of the plan carry no capacity
    return str(_OFFER[offer.reason](data) if offer.reason in _OFFER else _unknown(data))


def _market_full(offer: Told, data: Mapping[str, Any]) -> str:
    if not offer.units:
        return str(_("Other groups already fill all orders it can reach"))
    if data.get("groups", 1) < 2:
        return str(_("Every order it can reach is filled"))
    return str(
        _(
            "%(groups)s groups share these orders, about %(level)s%% of what they can make",
            groups=data["groups"],
            level=round(data.get("level_permille", 0) / 10),
        )
    )


def deadline(moment: datetime) -> str:
    """``ศ. 27 พ.ย. เที่ยง``: near enough to need no year, short enough for one line."""
    day = show_date(moment, language()).rsplit(" ", 1)[0]
    clock = moment.astimezone(BANGKOK).strftime("%H:%M")
    if clock == "12:00":
        return str(_("%(day)s noon", day=day))
    return f"{day} {clock}" + (" น." if language() == "th" else "")


def stage_words(name: str) -> str:
    """What a stage of the match looks after."""
    known = {
        "units": _("Units made"),
        "class_0": _("Of these, buyers who missed out last time"),
        "class_1": _("Of these, ordinary orders"),
        "fairness": _("Evenness between groups"),
        "cost": _("Delivery cost"),
        "parcels": _("Deliveries"),
        "split_lines": _("Lines made by several groups"),
    }
    return str(known.get(name, name))


def _unknown(_data: Mapping[str, Any]) -> str:
    return str(_("Within the tolerance of the calculation"))


def change_sentences(change: ChangeSeen) -> list[str]:
    """What a what-if changes for an offer or a group, one sentence each."""
    if change.offer is None:
        return [str(_("weight %(percent)s%% of what the rule gives", percent=change.percent))]
    offer, unit = change.offer, local(change, "unit")
    number = "{:,}".format
    said = [
        offer.capacity is not None
        and _(
            "can make %(n)s %(unit)s, not %(was)s",
            n=number(offer.capacity), unit=unit, was=number(change.was_capacity),
        ),
        offer.batch is not None
        and _(
            "smallest batch %(n)s %(unit)s, not %(was)s",
            n=number(offer.batch), unit=unit, was=number(change.was_batch),
        ),
        offer.answer == 0 and _("the group says no"),
        offer.answer and _("the group says %(n)s %(unit)s", n=number(offer.answer), unit=unit),
        offer.low is not None and _("at least %(n)s %(unit)s", n=number(offer.low), unit=unit),
        offer.high is not None and _("at most %(n)s %(unit)s", n=number(offer.high), unit=unit),
    ]  # fmt: skip
    return [str(words) for words in said if words]


def moved_sentence(trial: TrialView) -> str:
    """How many groups gain, lose and stay, in one sentence."""
    if not trial.gaining and not trial.losing:
        return str(_("No group gets more or less."))
    return str(
        _(
            "%(gain)s groups get more, %(lose)s get less, %(same)s as before.",
            gain=trial.gaining, lose=trial.losing, same=trial.unchanged,
        )
    )  # fmt: skip


def _said_less(data: Mapping[str, Any]) -> str:
    """The match counted with what the group answered, not with what it once offered."""
    if data.get("open", 0):
        return str(
            _(
                "The group said it can make no more, %(n)s %(unit)s more were wanted",
                n=_number(data["open"]), unit=data["unit"],
            )
        )  # fmt: skip
    return str(_("The group said it can make no more"))


def _full(data: Mapping[str, Any]) -> Any:
    if data.get("open", 0):
        return _(
            "Everything it can make is ordered, %(n)s %(unit)s more were wanted",
            n=_number(data["open"]), unit=data["unit"],
        )  # fmt: skip
    return _("Everything it can make is ordered")


def _hours(data: Mapping[str, Any]) -> Any:
    """What one more hour, or the minutes to the next lot, would have made."""
    use, lot = data["use_per_unit"], data.get("lot", 1)
    more = min(60 // use // lot * lot, data.get("open", 0)) if use else 0
    if more:
        return _(
            "The group's shared hours are used up by its other goods. One more hour would have"
            " made %(n)s %(unit)s more",
            n=_number(more), unit=data["unit"],
        )  # fmt: skip
    return _(
        "The group's shared hours are used up by its other goods. %(minutes)s more minutes would"
        " have made %(n)s %(unit)s more",
        minutes=_number(max(1, lot * use - data["hours_left"])), n=_number(lot), unit=data["unit"],
    )  # fmt: skip


def _lot(data: Mapping[str, Any]) -> Any:
    short = data["lot"] - data.get("left", 0)
    if data["sold"] + data["lot"] > data["cap"]:
        return _("Made %(lot)s at a time, what is left is less", lot=data["lot"])
    if not data["sold"]:
        return _(
            "Made %(lot)s at a time, %(n)s %(unit)s more ordered and the group could start",
            lot=data["lot"], n=_number(short), unit=data["unit"],
        )  # fmt: skip
    return _(
        "Made %(lot)s at a time, %(n)s %(unit)s more ordered would make another",
        lot=data["lot"], n=_number(short), unit=data["unit"],
    )  # fmt: skip


def _lost(name: str, plain: Callable[[], Any], some: Callable[[str, str], Any]) -> Any:
    """A rule that kept all demand away, with how much of it where that is known."""

    def words(data: Mapping[str, Any]) -> Any:
        lost = data.get(name, 0)
        return some(_number(lost), data["unit"]) if lost else plain()

    return words


def _number(units: int) -> str:
    return f"{units:,}"


_OFFER: dict[str, Callable[[Mapping[str, Any]], Any]] = {
    "no_demand": lambda _d: _("Nobody ordered this"),
    "certificate": _lost(
        "asked",
        lambda: _("A required certificate is missing"),
        lambda n, unit: _(
            "A required certificate is missing. With it, %(n)s %(unit)s were open to the group",
            n=n, unit=unit,
        ),
    ),
    "lead": _lost(
        "lost_lead",
        lambda: _("Orders are for a date before the group can be ready"),
        lambda n, unit: _(
            "%(n)s %(unit)s were ordered for a date before the group can be ready", n=n, unit=unit
        ),
    ),
    "insisted_elsewhere": _lost(
        "lost_insisted_elsewhere",
        lambda: _("Buyers asked for other groups by name"),
        lambda n, unit: _(
            "Buyers asked for %(n)s %(unit)s from other groups by name", n=n, unit=unit
        ),
    ),
    "price_ceiling": _lost(
        "lost_price_ceiling",
        lambda: _("Its price is above what these buyers accepted"),
        lambda n, unit: _(
            "Its price is above what the buyers of %(n)s %(unit)s accepted", n=n, unit=unit
        ),
    ),
    "reach": _lost(
        "lost_reach",
        lambda: _("Nobody ordered from where this group delivers"),
        lambda n, unit: _(
            "%(n)s %(unit)s were ordered, all where this group does not deliver", n=n, unit=unit
        ),
    ),
    "no_capacity": lambda _d: _("The group has no room left this round"),
    "batch_above_capacity": lambda _d: _("Its smallest batch is larger than what it can make"),
    "own_capacity": _full,
    "shared_hours": _hours,
    "below_min_batch": lambda d: _(
        "%(n)s %(unit)s short of its smallest batch", n=d["short"], unit=d["unit"]
    ),
    "lot_remainder": _lot,
    "lane_weight": lambda d: _(
        "Its vehicle is full, %(n)s %(unit)s more were wanted on its way",
        n=_number(d["left"]), unit=d["unit"],
    ),
    "tolerance": _unknown,
}  # fmt: skip
