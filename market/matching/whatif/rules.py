"""Changes a coordinator tries on a copy of a matching problem. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import timedelta
from typing import Any

import numpy as np
import numpy.typing as npt

from market.errors import Refused
from market.matching.engine.problem import Problem
from market.matching.rules import Share, spread
from market.matching.stored import Ints, StoredPlan

UNITS_MAX = 10**7
#: Longer than a task may take: a what-if still under lease is never solved twice.
TRIAL_LEASE = timedelta(minutes=12)
#: The weights offered on the page, in per cent of what the rule gives.
PERCENTS = (50, 75, 100, 125, 150, 200, 300)
#: A what-if that nobody could finish for so long is given up, with this as its error.
GIVE_UP_AFTER = timedelta(hours=1)
GIVEN_UP = "given up"
NO_PIN = -1


@dataclass(frozen=True, kw_only=True)
class OfferChange:
    """Other terms of an offer; None: as it is.

    answer: the units its group would confirm, 0 for *no*. low, high: at least, at most.
    """

    offer_id: int
    capacity: int | None = None
    batch: int | None = None
    answer: int | None = None
    low: int | None = None
    high: int | None = None

    @property
    def empty(self) -> bool:
        """Does it leave the offer as it is?"""
        return not any(
            value is not None for name, value in vars(self).items() if name != "offer_id"
        )

    @property
    def pins(self) -> bool:
        """Does it say what the match must give?"""
        return self.low is not None or self.high is not None


@dataclass(frozen=True, kw_only=True)
class GroupChange:
    """Another weight of a group's entitlement, in per cent of the rule's."""

    group_id: int
    percent: int


@dataclass(frozen=True, kw_only=True)
class Changes:
    """All that a simulation changes, by id."""

    offers: tuple[OfferChange, ...] = ()
    groups: tuple[GroupChange, ...] = ()

    @property
    def empty(self) -> bool:
        """Nothing is tried."""
        return not self.offers and not self.groups

    @property
    def answers(self) -> bool:
        """Is a group's answer among them? Then all others keep what they have."""
        return any(change.answer is not None for change in self.offers)

    @property
    def decides(self) -> bool:
        """Is there a pin or a weight, which are the coordinator's to decide?"""
        return bool(self.groups) or any(change.pins for change in self.offers)

    @property
    def wishes(self) -> bool:
        """Is there something only a group can decide: capacity, batch, answer?"""
        return any(
            value is not None
            for change in self.offers
            for value in (change.capacity, change.batch, change.answer)
        )

    def words(self) -> dict[str, Any]:
        """Ready for JSON."""
        return asdict(self)


def read_changes(words: Mapping[str, Any]) -> Changes:
    """The changes behind ``Changes.words``."""
    return Changes(
        offers=tuple(OfferChange(**offer) for offer in words.get("offers", ())),
        groups=tuple(GroupChange(**group) for group in words.get("groups", ())),
    )


def merge(before: Changes, offers: Iterable[OfferChange], groups: Iterable[GroupChange]) -> Changes:
    """``before`` with these offers and groups said anew; what is as it was leaves the list."""
    by_offer = {change.offer_id: change for change in (*before.offers, *offers)}
    by_group = {change.group_id: change for change in (*before.groups, *groups)}
    return Changes(
        offers=tuple(by_offer[key] for key in sorted(by_offer) if not by_offer[key].empty),
        groups=tuple(by_group[key] for key in sorted(by_group) if by_group[key].percent != 100),
    )


@dataclass(frozen=True, kw_only=True)
class Terms:
    """What an offer has in the match, and the most its group said it can make."""

    units: int
    capacity: int


def check_changes(changes: Changes, terms: Mapping[int, Terms]) -> None:
    """Can they be tried together? ``terms`` of each offer of the match. Raises Refused."""
    if changes.empty:
        raise Refused("nothing_to_try")
    for change in changes.offers:
        if change.offer_id not in terms:
            raise Refused("try_unknown_offer")
        _check_pin(change, terms[change.offer_id].capacity)
        _check_answer(change, terms[change.offer_id].units, answers=changes.answers)
    if any(not 10 <= change.percent <= 1000 for change in changes.groups):
        raise Refused("try_weight_range")


def _check_pin(change: OfferChange, capacity: int) -> None:
    ends = (change.low, change.high, change.capacity, change.batch)
    if any(end is not None and not 0 <= end <= UNITS_MAX for end in ends):
        raise Refused("try_number_range", high=UNITS_MAX)
    if change.low is not None and change.high is not None and change.low > change.high:
        raise Refused("pin_ends_crossed", low=change.low, high=change.high)
    capacity = capacity if change.capacity is None else change.capacity
    if change.low is not None and change.low > capacity:
        raise Refused("pin_above_capacity", low=change.low, capacity=capacity)


def _check_answer(change: OfferChange, units: int, *, answers: bool) -> None:
    if change.answer is not None and not 0 <= change.answer < max(units, 1):
        raise Refused("try_answer_range", units=units)
    shrinks = change.capacity is not None and change.capacity < units
    if answers and change.answer is None and shrinks:
        raise Refused("try_answer_keeps", units=units)


def change_problem(
    problem: Problem, changes: Changes, *, offer_ids: Ints, group_ids: Ints
) -> Problem:
    """The problem on these terms: capacities, batches, pins (none but these) and weights."""
    offers = problem.offers
    columns = {name: getattr(offers, name).copy() for name in ("cap", "min_batch")}
    columns["pin_low"] = np.full(len(offer_ids), NO_PIN, dtype=np.int64)
    columns["pin_high"] = columns["pin_low"].copy()
    rows = {int(offer_id): row for row, offer_id in enumerate(offer_ids.tolist())}
    for change in changes.offers:
        said = {
            "cap": change.capacity, "min_batch": change.batch,
            "pin_low": change.low, "pin_high": change.high,
        }  # fmt: skip
        for name, value in said.items():
            if value is not None:
                columns[name][rows[change.offer_id]] = value
    weighted = weigh(problem.groups.entitlement, group_ids, changes.groups)
    return replace(problem, offers=replace(offers, **columns)).with_entitlements(weighted)


def weigh(entitlement: Ints, group_ids: Ints, groups: Iterable[GroupChange]) -> Ints:
    """Entitlements (satang) with other weights."""
    out = entitlement.copy()
    for change in groups:
        mine = group_ids == change.group_id
        out[mine] = entitlement[mine] * change.percent // 100
    return out


@dataclass(frozen=True, kw_only=True)
class Kept:
    """A plan's rows in the numbering of a problem read again; offer: row of the offers table."""

    line: Ints
    group: Ints
    mode: Ints
    qty: Ints
    offer: Ints


def kept_rows(plan: StoredPlan, problem: Problem, line_ids: Ints, group_ids: Ints) -> Kept:
    """What a stored plan gives the lines and groups that are still there. line_ids ascend."""
    line, known_line = _rows_of(plan.line_ids[plan.line], line_ids)
    group, known_group = _rows_of(plan.group_ids[plan.group], group_ids)
    there = known_line & known_group
    line, group = line[there], group[there]
    products = len(problem.products.weight_g)
    keys = problem.offers.group * products + problem.offers.product
    order = np.argsort(keys)
    at = np.searchsorted(keys[order], group * products + problem.lines.product[line])
    return Kept(line=line, group=group, mode=plan.mode[there], qty=plan.qty[there], offer=order[at])


def _rows_of(ids: Ints, ascending: Ints) -> tuple[Ints, npt.NDArray[np.bool_]]:
    at = np.minimum(np.searchsorted(ascending, ids), len(ascending) - 1)
    return at.astype(np.int64), np.asarray(ascending[at] == ids)


def answer_problem(
    problem: Problem, kept: Kept, changes: Changes, *, offer_ids: Ints,
    whole: npt.NDArray[np.bool_], opened: npt.NDArray[np.bool_],
) -> Problem:  # fmt: skip
    """The re-match after these answers, where every other group says *all*.

    opened: lines whose maker was only wanted first, and that others may now serve. A group
    that says less makes no more than it said; who gets its units is decided as after a real
    answer (named lines, then class, then order of ordering).
    """
    answers = {
        row: change.answer
        for change in changes.offers
        for row in np.flatnonzero(offer_ids == change.offer_id).tolist()
        if change.answer is not None
    }
    qty = kept.qty.copy()
    cap = problem.offers.cap.copy()
    for row, units in answers.items():
        mine = np.flatnonzero(kept.offer == row)
        given = spread(units, _shares(problem, kept, mine, whole))
        qty[mine] = [given.get(at, 0) for at in mine.tolist()]
        cap[row] = int(qty[mine].sum())
    stays = qty > 0
    frozen = replace(
        problem.frozen,
        line=kept.line[stays], group=kept.group[stays], mode=kept.mode[stays], qty=qty[stays],
    )  # fmt: skip
    insist = np.where(opened, NO_PIN, problem.lines.insist)
    return replace(
        problem,
        lines=replace(problem.lines, insist=insist),
        offers=replace(problem.offers, cap=cap),
        frozen=frozen,
    )


def _shares(problem: Problem, kept: Kept, mine: Ints, whole: npt.NDArray[np.bool_]) -> list[Share]:
    lines = problem.lines
    rows = [(int(at), int(kept.line[at])) for at in mine]

    def turn(row: tuple[int, int]) -> tuple[bool, int, int, int]:
        at, line = row
        by_name = bool(lines.insist[line] == kept.group[at])
        return not by_name, int(lines.prio[line]), int(lines.seq[line]), line

    return [
        Share(
            assignment_id=at, line_id=line, units=int(kept.qty[at]),
            line_left=int(lines.qty[line]), whole=bool(whole[line]),
        )
        for at, line in sorted(rows, key=turn)
    ]  # fmt: skip
