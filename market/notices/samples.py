"""Made-up notices, one for each event and case, to look at words with. Nobody's data.

Words that differ by case are edited by case: ``order.confirmed.part``. A few events are left as
they are, because their words are put together from many pieces.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Payload = dict[str, Any]
#: The payload's key that makes the case of an event.
CASES = {
    "order.confirmed": "outcome", "order.short": "reason", "refund.owed": "reason",
    "request.buyer": "what", "request.group": "what", "care.readiness": "level",
}  # fmt: skip
#: Put together from many pieces: not edited.
FIXED = frozenset({
    "account.mail", "order.card_failed", "shortfall.answered", "standing.failed", "standing.part",
})  # fmt: skip

#: What a buyer wished for, as somebody of this language would have typed it.
WISHED = {"th": "ข้าวกล้อง 300 กก.", "en": "Brown rice 300 kg"}
_UNIT = {"unit_th": "ถุง", "unit_en": "bags"}
_RICE = {"name_th": "ข้าวหอมมะลิ 5 กก.", "name_en": "Jasmine rice 5 kg"} | _UNIT
_RADISH = {"name_th": "หัวไชโป๊หวาน 400 ก.", "name_en": "Sweet radish 400 g"} | _UNIT
_ROUND = {"round_th": "รอบพุธที่ 25 พ.ย.", "round_en": "Round of 25 November"}
_GROUP = {
    "group_th": "กลุ่มข้าวหอมมะลิ ต.ทมอ", "group_en": "Tamo Jasmine Rice Group", "group_id": 1,
}  # fmt: skip
_SOON, _LATER = "2026-11-27T05:00:00+00:00", "2026-11-29T11:00:00+00:00"
_ORDER = _ROUND | {"number": "12-0482", "name": "สมศรี ใจดี", "link": "/orders/12-0482"}
_LINES = [_RICE | {"ordered": 2, "got": 2}, _RADISH | {"ordered": 3, "got": 1}]
_ASK = _ROUND | _GROUP | {
    "round_number": 12, "round_id": 1, "answer_by": _SOON, "link": "/l/example",
    "items": [_RICE | {"units": 52}, _RADISH | {"units": 30}],
}  # fmt: skip
_WISH = {
    "words": WISHED["th"], "units": 300, "unit_th": "กก.", "unit_en": "kg",
    "needed_on": "2026-12-20", "link": "/made-to-order/1",
}  # fmt: skip
_CONFIRMED = _ORDER | {
    "round_number": 12, "lines": _LINES, "amount_satang": 68500, "pay_by": _LATER,
    "pay_method": "promptpay",
}  # fmt: skip
_SHORT = _ORDER | {"goods": [_RADISH | {"units": 2}], "refund_satang": 9500}
_OWED = _ORDER | {"amount_satang": 9500, "answer": None}
_PROBLEM = _ORDER | {
    "goods_th": _RICE["name_th"], "goods_en": _RICE["name_en"], "promised_by": _SOON,
}  # fmt: skip
_PAY = _ORDER | {"amount_satang": 68500, "pay_by": _LATER}

SAMPLES: Mapping[str, Payload] = {
    "batch.asked": _ASK,
    "batch.reminder": _ASK,
    "batch.shrink": _RICE | {"units": 40, "answer_by": _SOON, "link": "/l/example"} | _GROUP,
    "batch.to_make": _RICE | {"units": 52, "delivery_on": "2026-12-04", "link": "/l/example"},
    "order.placed": _ORDER | {
        "lines": [{"units": 2, "product_th": _RICE["name_th"], "product_en": _RICE["name_en"]}
                  | _UNIT],
        "answer_by": _SOON, "closes_at": _SOON, "fee_satang": 4000, "total_satang": 68500,
    },
    "order.cancelled": _ORDER,
    "order.confirmed.all": _CONFIRMED | {"outcome": "all"},
    "order.confirmed.part": _CONFIRMED | {"outcome": "part"},
    "order.confirmed.none": _CONFIRMED | {"outcome": "none", "amount_satang": 0},
    "order.pay": _PAY | {"cash": False},
    "order.paid": _ORDER | {"amount_satang": 68500},
    "order.deposit_due": _PAY,
    "order.deposit": _PAY | {"received_satang": 20000, "left_satang": 48500},
    "order.more": _PAY,
    "order.released": _PAY,
    "order.delayed": _ORDER | _GROUP | _RICE | {"due_on": "2026-12-06", "note": "ฝนตกตลอดสัปดาห์"},
    "order.ready": _ORDER | {
        "code": "817958", "hours": "9:00-17:00", "cash_satang": 0,
        "point_th": "ตลาดนัดลาดยาว", "point_en": "Lat Yao market",
    },
    "order.waiting": _ORDER | {
        "code": "817958", "hours": "9:00-17:00", "keep_on": "2026-12-07",
        "point_th": "ตลาดนัดลาดยาว", "point_en": "Lat Yao market",
    },
    "order.instead": _ORDER | _RICE | {
        "units": 2, "was_th": _RADISH["name_th"], "was_en": _RADISH["name_en"],
        "amount_satang": 48000, "answer_by": _SOON,
    },
    "order.made_after_all": _ORDER | _RICE | {"units": 2, "wanted": 2},
    "shortfall.offered": _RICE | _GROUP | {
        "round_number": 12, "units": 12, "answer_by": _SOON, "words": "ช่วยได้ไหม", "link": "/board",
    },
    "report.ready": _ROUND | {
        "title_th": "ยอดสั่งตามผู้ซื้อ", "title_en": "Orders by buyer", "round_number": 12,
        "link": "/reports", "stop_path": "/reports/stop/example",
    },
    "order.shipped": _ORDER | {"tracking": "EX123456789TH"},
    **{f"order.short.{reason}": _SHORT | {"reason": reason}
       for reason in ("stopped", "incomplete", "late", "not_collected", "short",
                      "round_cancelled")},
    **{f"refund.owed.{reason}": _OWED | {"reason": reason}
       for reason in ("excess", "problem")},
    "refund.details": _OWED,
    "refund.paid": _OWED,
    "refund.provider_asks": _OWED,
    "payout.paid": _ROUND | {"amount_satang": 1554000, "reference": "TR8812", "link": "/group/1"},
    "problem.reported": _PROBLEM,
    "problem.of_group": _PROBLEM,
    "problem.declined": _PROBLEM | {"answer": "ถุงที่ส่งมาในรูปไม่ใช่ของรอบนี้"},
    "review.invite": _ORDER,
    "review.hidden": _PROBLEM | {"reason": "มีเบอร์โทรของผู้อื่น"},
    "reminder.confirm": {"days": 7, "link": "/reminders/example"},
    "round.opened": _ROUND | {
        "names_th": [_RICE["name_th"], _RADISH["name_th"]],
        "names_en": [_RICE["name_en"], _RADISH["name_en"]], "more": 2, "closes_at": _SOON,
        "link": "/", "stop_path": "/reminders/stop/example",
    },
    "slip.refused": _ORDER,
    **{f"request.group.{what}": _WISH | _GROUP | {
           "what": what, "answer_by": _SOON, "reply": "ใช้ข้าวใหม่", "chosen": 300,
       } for what in ("asked", "reminder", "replied", "chosen", "passed", "lapsed", "over")},
    **{f"request.buyer.{what}": _WISH | {
           "what": what, "question": "ข้าวใหม่หรือข้าวเก่า", "reason": "nobody", "offers": 3,
           "choose_by": _SOON, "pay_by": _LATER, "left_satang": 48500,
       } for what in ("prove", "answers", "question", "taken_back", "balance", "rest", "lapsed")},
    "care.advice": _GROUP | {
        "visited_on": "2026-11-20", "next_step": "พิมพ์ฉลากใหม่", "next_on": "2026-12-05",
        "link": "/group/1/readiness",
    },
    **{f"care.readiness.{level}": _GROUP | {
           "level": level, "reason": "ของครบและตรงเวลาสองรอบ", "link": "/group/1/readiness",
       } for level in (1, 2)},
    "account.changed": {"what": "จากนี้บัญชีของคุณเข้าสู่ระบบด้วยอีเมลใหม่", "link": "/account"},
    "account.data_ready": {"link": "/account/data"},
    "account.leaving": {"due_at": _LATER, "link": "/account/leave"},
}  # fmt: skip


def key_of(event: str, payload: Mapping[str, Any]) -> str:
    """What words of an event are filed under: itself, or itself in this case."""
    case = CASES.get(event)
    return f"{event}.{payload.get(case)}" if case else event


def event_of(key: str) -> str:
    """The event whose words are filed under ``key``."""
    event, _dot, _case = key.rpartition(".")
    return event if event in CASES else key


def sample_of(key: str, language: str) -> Payload:
    """The made-up notice of an event and case for a reader of this language."""
    payload = SAMPLES[key]
    return payload | {"words": WISHED[language]} if "words" in payload else payload
