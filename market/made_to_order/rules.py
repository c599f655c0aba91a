"""The words of a request, its moments and days, and how answers fill it. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

#: How long the buyer has to choose once the groups' time is over, and then to pay the deposit.
CHOOSE_WITHIN = timedelta(hours=48)
DEPOSIT_WITHIN = timedelta(hours=48)
#: A group that has not answered hears once more, so long before its time is over.
REMIND_BEFORE = timedelta(hours=12)
#: Who has paid the deposit hears of the rest when all is made, at the latest so long before.
BALANCE_BEFORE = timedelta(days=3)
#: Whoever has not sent a request by then has given it up.
DRAFT_KEPT = timedelta(days=14)
FURTHEST_DAYS = 366
MOST_QUESTIONS = 3  # of one group about one request
WORDS_LENGTH, SHORT_LENGTH, NOTE_LENGTH = 1000, 120, 500
WHOLE = 10_000  # basis points


class RequestState(StrEnum):
    """draft -> (proving ->) asked -> agreed; or it ends without an order."""

    DRAFT = "draft"
    PROVING = "proving"  # a letter is on its way to prove the contact
    ASKED = "asked"
    AGREED = "agreed"  # an order now; its round, batches and charge tell the rest
    LAPSED = "lapsed"  # agreed, and the deposit did not come
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"  # nobody could, or nothing was chosen in time


REQUEST_MOVES: dict[RequestState, frozenset[RequestState]] = {
    RequestState.DRAFT: frozenset(
        {RequestState.PROVING, RequestState.ASKED, RequestState.WITHDRAWN}
    ),
    RequestState.PROVING: frozenset(
        {RequestState.DRAFT, RequestState.ASKED, RequestState.WITHDRAWN}
    ),
    RequestState.ASKED: frozenset(
        {RequestState.AGREED, RequestState.WITHDRAWN, RequestState.EXPIRED}
    ),
    RequestState.AGREED: frozenset({RequestState.LAPSED}),
    RequestState.LAPSED: frozenset(),
    RequestState.WITHDRAWN: frozenset(),
    RequestState.EXPIRED: frozenset(),
}


class InviteState(StrEnum):
    """waiting -> offered (the group may change or take it back until chosen) or cannot."""

    WAITING = "waiting"
    OFFERED = "offered"
    CANNOT = "cannot"
    SILENT = "silent"
    WITHDRAWN = "withdrawn"
    CHOSEN = "chosen"
    PASSED = "passed"  # another was chosen, or the request ended


#: What a group may still say while the request is open.
ANSWERABLE = frozenset(
    {InviteState.WAITING, InviteState.OFFERED, InviteState.CANNOT, InviteState.WITHDRAWN}
)


class BuyerKind(StrEnum):
    """Who asks."""

    PERSON = "person"
    HOSPITAL = "hospital"
    SCHOOL = "school"
    SHOP = "shop"
    OTHER = "other"


class CannotReason(StrEnum):
    """Why a group cannot."""

    TIME = "time"
    AMOUNT = "amount"
    PRICE = "price"
    MATERIAL = "material"
    OTHER = "other"


@dataclass(frozen=True, kw_only=True)
class Timetable:
    """The moments of a request from the moment it is sent."""

    answer_by: datetime
    choose_by: datetime
    deposit_by: datetime  # at the latest


def timetable(asked_at: datetime, answer_hours: int) -> Timetable:
    """When groups have answered, the buyer has chosen, and the deposit is there at the latest."""
    answer_by = asked_at + timedelta(hours=answer_hours)
    choose_by = answer_by + CHOOSE_WITHIN
    return Timetable(
        answer_by=answer_by, choose_by=choose_by, deposit_by=choose_by + DEPOSIT_WITHIN
    )


def last_ready_on(needed_on: date, weekday: int | None) -> date:
    """The last day on or before ``needed_on`` on which the point is open (None: any day)."""
    if weekday is None:
        return needed_on
    return needed_on - timedelta(days=(needed_on.weekday() - weekday) % 7)


def delivery_day(ready_on: date, weekday: int | None) -> date:
    """The first day on or after ``ready_on`` on which the point is open (None: any day)."""
    if weekday is None:
        return ready_on
    return ready_on + timedelta(days=(weekday - ready_on.weekday()) % 7)


@dataclass(frozen=True, kw_only=True)
class Answered:
    """A group's yes: so many at this price each, ready that day."""

    group_id: int
    units: int
    lot_units: int
    price_satang: int
    ready_on: date


@dataclass(frozen=True, kw_only=True)
class Share:
    """Units of a request taken from one group."""

    group_id: int
    units: int
    price_satang: int

    @property
    def satang(self) -> int:
        """What they cost."""
        return self.units * self.price_satang


class Plan(StrEnum):
    """The two ways in which the market proposes to fill a request."""

    CHEAPEST = "cheapest"
    FEWEST = "fewest"  # hands


@dataclass(frozen=True, kw_only=True)
class Proposal:
    """Shares that fill a request as far as the answers reach."""

    plan: Plan
    shares: tuple[Share, ...]
    missing_units: int

    @property
    def satang(self) -> int:
        """What the goods cost."""
        return sum(share.satang for share in self.shares)


def propose(answers: Sequence[Answered], wanted_units: int) -> tuple[Proposal, ...]:
    """The cheapest fill, and the one by fewest groups where that is another one.

    Whole lots, never more than wanted, never more than a group offered.
    """
    cheap = _fill(Plan.CHEAPEST, sorted(answers, key=_cheap_first), wanted_units)
    few = _fill(Plan.FEWEST, _few_first(answers, wanted_units), wanted_units)
    better = len(few.shares) < len(cheap.shares) and few.missing_units <= cheap.missing_units
    return (cheap, few) if better else (cheap,)


def _cheap_first(answer: Answered) -> tuple[int, date, int]:
    return (answer.price_satang, answer.ready_on, answer.group_id)


def _few_first(answers: Sequence[Answered], wanted_units: int) -> list[Answered]:
    """Those that can make all of it first, the cheapest of them; then the largest."""
    return sorted(
        answers, key=lambda a: (-min(_possible(a, wanted_units), wanted_units), *_cheap_first(a))
    )


def _possible(answer: Answered, wanted_units: int) -> int:
    return min(answer.units, wanted_units) // answer.lot_units * answer.lot_units


def _fill(plan: Plan, answers: Sequence[Answered], wanted_units: int) -> Proposal:
    shares, missing = [], wanted_units
    for answer in answers:
        units = _possible(answer, missing)
        if units:
            price = answer.price_satang
            shares.append(Share(group_id=answer.group_id, units=units, price_satang=price))
            missing -= units
    return Proposal(plan=plan, shares=tuple(shares), missing_units=missing)


def choice_fault(
    answers: Mapping[int, Answered], chosen: Mapping[int, int], wanted_units: int
) -> tuple[str, int] | None:
    """What is wrong with these units by group (a code and the group, 0 for all), or None."""
    if not chosen:
        return ("nothing_chosen", 0)
    for group_id, units in chosen.items():
        answer = answers.get(group_id)
        if answer is None:
            return ("answer_is_gone", group_id)
        if not 0 < units <= answer.units:
            return ("more_than_offered", group_id)
        if units % answer.lot_units:
            return ("not_whole_lots", group_id)
    if sum(chosen.values()) > wanted_units:
        return ("more_than_wanted", 0)
    return None


def deposit_satang(total_satang: int, basis_points: int) -> int:
    """The part paid first, up to whole baht; nothing where none is asked."""
    part = -(-total_satang * basis_points // WHOLE)
    return min(total_satang, -(-part // 100) * 100)
