"""How simulated people behave. Pure: a seeded generator in, decisions out."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from market.matching.rules import Answer, AnswerReason
from market.orders.rules import DraftLine, MakerChoice, ShortageChoice

ANSWERS = (Answer.ALL, Answer.PART, Answer.NO, Answer.SILENT)
ANSWER_WEIGHTS = (82, 9, 5, 4)
REASONS = (
    AnswerReason.RAIN,
    AnswerReason.PEOPLE,
    AnswerReason.MATERIAL,
    AnswerReason.MACHINE,
)


@dataclass(frozen=True)
class Decision:
    """What a simulated group says; SILENT means it says nothing."""

    answer: Answer
    units: int | None = None
    reason: AnswerReason | None = None


def pick_lines(
    rng: Random, goods: tuple[tuple[int, tuple[int, ...], int], ...]
) -> tuple[DraftLine, ...]:
    """One to four products, a few units each; seven in ten do not mind who makes them."""
    chosen = rng.sample(goods, k=min(len(goods), rng.choice((1, 2, 2, 3, 4))))
    return tuple(_line(rng, product, groups, most) for product, groups, most in chosen)


def _line(rng: Random, product_id: int, groups: tuple[int, ...], most: int) -> DraftLine:
    maker = rng.choices(
        (MakerChoice.ANY, MakerChoice.FIRST, MakerChoice.ONLY), weights=(70, 15, 15)
    )[0]
    return DraftLine(
        product_id=product_id,
        units=rng.randint(1, min(most, 6)),
        maker=maker,
        group_id=None if maker is MakerChoice.ANY else rng.choice(groups),
        shortage=rng.choices((ShortageChoice.FEWER, ShortageChoice.NOTHING), weights=(85, 15))[0],
    )


def decide(rng: Random, units: int, lot: int, minimum: int, confirmed: int) -> Decision:
    """A group's answer to an ask; a part is whole lots and keeps the batch at its minimum."""
    answer = rng.choices(ANSWERS, weights=ANSWER_WEIGHTS)[0]
    if answer is Answer.PART:
        lowest = max(lot, -(-(minimum - confirmed) // lot) * lot)
        possible = list(range(lowest, units, lot))
        if not possible:
            return Decision(Answer.ALL)
        return Decision(answer, rng.choice(possible), rng.choice(REASONS))
    if answer is Answer.NO:
        return Decision(answer, None, rng.choice(REASONS))
    return Decision(answer)
