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


#: Scores with how often they are given, and what goes with them; made up, as the buyers are.
SCORE_WEIGHTS = {5: 52, 4: 30, 3: 12, 2: 5, 1: 1}
SAID = {
    5: ("อร่อย หอม สั่งอีกแน่นอน", "สดใหม่ ห่อมาดี", "ดีกว่าที่คิด คนในบ้านชอบ", ""),
    4: ("ของดี แพ็กแน่น", "รสดี แต่ชิ้นเล็กไปนิด", "มาตรงเวลา ใช้ดี", ""),
    3: ("ใช้ได้ ราคาพอดี", "ห่อหลวมไปหน่อย", ""),
    2: ("มาถึงช้ำบ้าง", "รสอ่อนไป"),
    1: ("ไม่ถูกใจ",),
}
REPLIES = ("ขอบคุณมาก รอบหน้าจะทำให้ดีขึ้นอีก", "ดีใจที่ชอบ ฝากบอกเพื่อนด้วย", "ขอบคุณที่บอก กลุ่มจะปรับ")
THANKS = (
    "ขอบคุณทุกคนในกลุ่ม ได้กินของดีทั้งบ้าน", "แม่ฝากขอบคุณ บอกว่าเหมือนรสที่บ้านเกิด",
    "ของถึงแล้ว สวยมาก ขอบคุณค่ะ", "ตั้งใจทำจริง ๆ จะสั่งอีก",
)  # fmt: skip


@dataclass(frozen=True)
class Said:
    """A simulated buyer's review; reply: what the group answers, thanks: a note to it."""

    score: int
    words: str
    show_name: bool
    reply: str | None
    thanks: str | None


def say(rng: Random) -> Said:
    """What somebody says about goods; one in three has a word for the makers too."""
    score = rng.choices(list(SCORE_WEIGHTS), weights=list(SCORE_WEIGHTS.values()))[0]
    words = rng.choice(SAID[score])
    return Said(
        score=score,
        words=words,
        show_name=rng.random() < 0.5,
        reply=rng.choice(REPLIES) if words and rng.random() < 0.3 else None,
        thanks=rng.choice(THANKS) if score >= 4 and rng.random() < 0.35 else None,
    )
