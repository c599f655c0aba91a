"""What a leader means by a word in the chat, a text message or a button's data. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from market.matching.rules import Answer, AnswerReason
from market.thai import arabic_digits, normalise

#: The short reply of a text message: "1 ทำได้" or "2 ไม่ทัน", with whatever is written behind.
#: A word counts when it ends there: ได้รับข้อความแล้ว and ไม่เข้าใจ are no answers.
_ENDS = r"(?:ค่ะ|คะ|ครับ|คับ|จ้า|จ้ะ|จ๊ะ|นะ|เลย|หมด|ทั้งหมด)*(?![\w\u0e00-\u0e7f])"
_YES = re.compile(rf"1(?!\d)|(?:ทำได้|ได้|ok|yes){_ENDS}", re.IGNORECASE)
_NO = re.compile(rf"2(?!\d)|(?:ทำไม่|ไม่)(?:ได้|ทัน|ไหว)?{_ENDS}|no{_ENDS}", re.IGNORECASE)
#: "1 #4521": which of several jobs; the number stands in our question back.
_JOB = re.compile(r"#\s*(\d{1,18})")
_DATA = re.compile(r"answer:(all|no):(\d{1,18}):(\d{1,18})(?::([a-z]+))?")


class Outcome(StrEnum):
    """What became of it."""

    TAKEN = "taken"
    ASK_REASON = "ask_reason"
    ASK_WHICH = "ask_which"
    ALREADY = "already"
    NOTHING_WAITS = "nothing_waits"
    NOT_UNDERSTOOD = "not_understood"
    UNKNOWN_PERSON = "unknown_person"
    REFUSED = "refused"
    GREETED = "greeted"
    LINKED = "linked"


@dataclass(frozen=True, kw_only=True)
class Intent:
    """An answer, for one group in one round where it is said which.

    job: the lowest ask of a group in a round, as our question back names it.
    """

    answer: Answer
    round_id: int | None = None
    group_id: int | None = None
    reason: AnswerReason | None = None
    job: int | None = None


@dataclass(frozen=True, kw_only=True)
class Heard:
    """What became of an event, with what the words of the reply need."""

    outcome: Outcome
    language: str = "th"
    data: dict[str, Any] = field(default_factory=dict)


def read_intent(text: str, data: str) -> Intent | None:
    """What is meant; None where it is no answer. A button's data wins over its words.

    A yes with a number in it ("ได้ 20") is none either: it would promise all, and means a part.
    """
    pressed = _DATA.fullmatch(data)
    if pressed:
        answer, round_id, group_id, reason = pressed.groups()
        return Intent(
            answer=Answer(answer),
            round_id=int(round_id),
            group_id=int(group_id),
            reason=AnswerReason(reason) if reason in set(AnswerReason) else None,
        )
    said = arabic_digits(normalise(text))
    job = _JOB.search(said)
    which = int(job[1]) if job else None
    if _NO.match(said):
        return Intent(answer=Answer.NO, job=which)
    yes = _YES.match(said)
    if yes is None or re.search(r"\d", _JOB.sub("", said)[1:]):
        return None
    return Intent(answer=Answer.ALL, job=which)


def button_data(answer: Answer, round_id: int, group_id: int, reason: str = "") -> str:
    """What a button carries; ``read_intent`` reads it back."""
    return f"answer:{answer}:{round_id}:{group_id}" + (f":{reason}" if reason else "")
