"""Who makes what of an order: what they promised by when, what became of it, and pictures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from flask_babel import gettext as _
from flask_babel import ngettext

from market.clock import bangkok_date
from market.filters import as_date, as_datetime
from market.fulfilment.queries import PhotoSeen, PromiseSeen
from market.overviews.order_page.queries import OrderSeen, PartSeen

IN_HAND = ("to_make", "made", "packed")
GONE = ("handed_over", "delivered", "paid_out")


@dataclass(frozen=True, kw_only=True)
class Deed:
    """One promise and what happened: a word, by when it was promised, when it was done."""

    title: str
    promised: str = ""
    done: str = ""
    state: str = "todo"  # done now changed todo
    note: str = ""
    satang: int = 0


@dataclass(frozen=True, kw_only=True)
class MakerSeen:
    """A batch of an order: the goods, the group, its deeds, its pictures."""

    part: PartSeen
    deeds: tuple[Deed, ...]
    photos: tuple[PhotoSeen, ...]
    may_give_up: bool

    @property
    def is_open(self) -> bool:
        """Is there something to see at once: a changed promise, or work that is going on?"""
        return self.part.state in IN_HAND or any(deed.state == "changed" for deed in self.deeds)


def makers_of(
    order: OrderSeen,
    promises: Mapping[int, Sequence[PromiseSeen]],
    photos: Mapping[int, tuple[PhotoSeen, ...]],
) -> tuple[MakerSeen, ...]:
    """Every batch of the order, in the order in which it is made."""
    return tuple(
        MakerSeen(
            part=part,
            deeds=deeds_of(order, part, promises.get(part.batch_id, ())),
            photos=photos.get(part.batch_id, ()),
            may_give_up=_may_give_up(part, promises.get(part.batch_id, ())),
        )
        for part in order.parts
    )


def deeds_of(order: OrderSeen, part: PartSeen, promises: Sequence[PromiseSeen]) -> tuple[Deed, ...]:
    """What the group promised of a batch, in the order of time."""
    first = promises[0].due_on if promises else order.delivery_on
    last = promises[-1].due_on if promises else order.delivery_on
    deeds = [_answered(part), *(_changed(said) for said in promises if said.reason)]
    if part.state == "stopped":
        return (*deeds, Deed(title=_("Not made"), state="changed", satang=part.back_satang))
    deeds += [_made(part), _handed_over(part, first, last)]
    if part.back_satang:
        deeds.append(Deed(title=_("Back to you"), state="changed", satang=part.back_satang))
    return tuple(deeds)


def _answered(part: PartSeen) -> Deed:
    return Deed(
        title=_("Said yes"),
        promised=_("answer by %(when)s", when=as_datetime(part.answer_by))
        if part.answer_by
        else "",
        done=as_datetime(part.asked_answered_at) if part.asked_answered_at else "",
        state="done" if part.asked_answered_at else "now",
    )


def _changed(said: PromiseSeen) -> Deed:
    return Deed(
        title=_("Needs more time: %(day)s", day=as_date(said.due_on)),
        done=_("said %(when)s", when=as_datetime(said.said_at)),
        note=" · ".join(filter(None, (reason_words(said.reason or ""), said.note))),
        state="changed",
    )


def reason_words(reason: str) -> str:
    """Why a group is late."""
    causes = {
        "rain": _("Because of rain."),
        "people": _("People are missing."),
        "material": _("Material is missing."),
        "machine": _("A machine broke."),
    }
    return str(causes.get(reason, ""))


def _made(part: PartSeen) -> Deed:
    if part.made_at is None:
        return Deed(title=_("Making it"), state="now" if part.state == "to_make" else "todo")
    packed = part.packed_at
    title = _("Made and packed") if packed else _("Made, being packed")
    return Deed(title=title, done=as_datetime(packed or part.made_at), state="done")


def _handed_over(part: PartSeen, first: date, last: date) -> Deed:
    promised = _("promised for %(day)s", day=as_date(last))
    if part.handed_over_at is None:
        return Deed(title=_("Hands it over"), promised=promised)
    done = f"{as_datetime(part.handed_over_at)} · {_kept(part.handed_over_at, first)}"
    return Deed(title=_("Handed over"), promised=promised, done=done, state="done")


def _kept(at: datetime, promised_on: date) -> str:
    """In time, or how late against what was promised first."""
    late = (bangkok_date(at) - promised_on).days
    if late <= 0:
        return str(_("in time"))
    return str(ngettext("%(num)s day late", "%(num)s days late", late))


def _may_give_up(part: PartSeen, promises: Sequence[PromiseSeen]) -> bool:
    later = any(said.reason for said in promises)
    return later and part.state in IN_HAND and part.received_units == 0
