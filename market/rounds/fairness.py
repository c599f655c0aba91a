"""What a group is entitled to in a round, and what the market still owes it from earlier. Pure.

Everything is counted at reference prices: what a group asks for its goods plays no part.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class FairnessRule:
    """The market's parameters; the percents of need add up.

    income_satang        a full share for one member: a day's work, a round
    learning_percent     more for a group still learning (readiness 1)
    new_percent          more in a group's first new_rounds rounds
    small_percent        more for a group of at most small_members people
    keep_percent         how much of a deficit lives on into the group's next round
    raise_limit_percent  the most that a deficit adds to a share
    even_percent         how far into a full share an even one reaches when a round is matched
    """

    income_satang: int = 40_000
    learning_percent: int = 20
    new_percent: int = 50
    new_rounds: int = 3
    small_percent: int = 20
    small_members: int = 10
    keep_percent: int = 90
    raise_limit_percent: int = 900
    even_percent: int = 40


RULE = FairnessRule()


@dataclass(frozen=True, kw_only=True)
class Standing:
    """A group before a round. rounds: settled rounds it took part in so far.

    carried_satang: the deficit after the last of them; even_satang: what an even share was
    then, the yardstick of the deficit (0: nobody has sold anything yet).
    """

    members: int
    readiness: int
    rounds: int = 0
    carried_satang: int = 0
    even_satang: int = 0


@dataclass(frozen=True, kw_only=True)
class Part:
    """A group's part in a settled round, in satang at reference prices.

    could: what it might have sold at most; got: what the matches asked it to make. A group
    that says no to an ask was offered the work: nothing is owed for it.
    """

    group_id: int
    standing: Standing
    could_satang: int
    got_satang: int


@dataclass(frozen=True, kw_only=True)
class Deficit:
    """What is written down for a group after a round, satang at reference prices."""

    group_id: int
    even_satang: int
    due_satang: int
    got_satang: int
    carried_satang: int


def need_percent(standing: Standing, rule: FairnessRule = RULE) -> int:
    """100 for a settled group; more for one that is learning, new or small."""
    return (
        100
        + rule.learning_percent * (standing.readiness == 1)
        + rule.new_percent * (standing.rounds < rule.new_rounds)
        + rule.small_percent * (standing.members <= rule.small_members)
    )


def full_share(standing: Standing, rule: FairnessRule = RULE) -> int:
    """Members x reference income, weighted by need; satang a round, without any deficit."""
    return standing.members * rule.income_satang * need_percent(standing, rule) // 100


def raise_percent(standing: Standing, rule: FairnessRule = RULE) -> int:
    """What the deficit adds: 100 for each even share that the group missed, up to the limit."""
    if standing.even_satang <= 0:
        return 0
    missed = 100 * standing.carried_satang // standing.even_satang
    return min(rule.raise_limit_percent, missed)


def entitlement(standing: Standing, rule: FairnessRule = RULE) -> int:
    """The income (satang at reference prices) that counts as a full share in the next round."""
    return full_share(standing, rule) * (100 + raise_percent(standing, rule)) // 100


def measure_by_round(
    shares: Sequence[int], brings_satang: int, rule: FairnessRule = RULE
) -> list[int]:
    """Entitlements as the match uses them: in proportion, but as large as the round is.

    shares: entitlements of the groups that can sell anything; brings_satang: what the round can
    bring them, at reference prices. The worth of an income falls at 10, 20, 40 and 60 % of its
    share (engine): with an even share at 40 % it falls at a quarter of an even share, at half of
    one, at a whole one and at one and a half, however much or little was ordered.
    """
    whole = sum(shares) * rule.even_percent
    return [max(1, share * brings_satang * 100 // max(1, whole)) for share in shares]


def settle_round_shares(parts: Sequence[Part], rule: FairnessRule = RULE) -> list[Deficit]:
    """What each group was due, got and carries on after a round.

    The round's income, divided by full shares among the groups that could sell anything, is
    the even share. A group is due that much, but never more than it could have sold.
    """
    able = [part for part in parts if part.could_satang > 0]
    income = sum(part.got_satang for part in able)
    shares = sum(full_share(part.standing, rule) for part in able)
    return [_settled(part, income, max(1, shares), rule) for part in parts]


def _settled(part: Part, income: int, shares: int, rule: FairnessRule) -> Deficit:
    even = full_share(part.standing, rule) * income // shares
    due = min(even, part.could_satang)
    return Deficit(
        group_id=part.group_id,
        even_satang=even or part.standing.even_satang,
        due_satang=due,
        got_satang=part.got_satang,
        carried_satang=carry(part.standing, due, part.got_satang, rule),
    )


def carry(standing: Standing, due: int, got: int, rule: FairnessRule = RULE) -> int:
    """The deficit after a round: the old one faded, plus what is due, less what was got.

    Never below 0 (a good round is no debt) nor above one full share.
    """
    faded = standing.carried_satang * rule.keep_percent // 100
    return max(0, min(faded + due - got, full_share(standing, rule)))
