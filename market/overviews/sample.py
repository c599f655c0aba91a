"""Sample data (ข้อมูลตัวอย่าง): the catalogue of 92 tambons, accounts to try, rounds to order in.

Development only. Everything here is marked as sample in its row.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Final

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from market.accounts.models import User
from market.accounts.rules import NewGrant, Role
from market.accounts.sample import NewSampleUser, create_sample_users
from market.campaigns.sample import load_sample_campaign
from market.catalogue.cli import read_folder
from market.catalogue.commands import import_catalogue
from market.catalogue.models import Offer, ProducerGroup, Product
from market.clock import bangkok_date, bangkok_moment, utc_now
from market.mentoring.commands import raise_flags
from market.mentoring.sample import load_sample_care
from market.orders.rules import ShortageChoice
from market.orders.standing.commands import Terms, act, create_standing
from market.orders.standing.starting import start_from_product
from market.orders.standing.ways import ways_of
from market.overviews.play.commands import fill_round
from market.rounds.commands import NewRound, close_round, create_round, join_offers, open_round
from market.rounds.parts import EVERY_KIND, set_part_rules
from market.rounds.queries import get_round
from market.rounds.rules import Cycle, Timetable
from market.stories.sample import load_sample_stories
from market.thai import show_date

FOLDER: Final = Path(__file__).parent.parent / "sample"
PASSWORD: Final = "talad-loyfa"  # noqa: S105  printed by `make run`, refused in production
COUNTRY: Final = ""

#: What `make run` prints: who, the e-mail to sign in with, the password.
SAMPLE_ACCOUNTS: Final = (
    ("ผู้ซื้อ / consumer", "consumer@talad.example", PASSWORD),
    ("ประธานกลุ่มข้าวหอมมะลิ ต.ทมอ / group leader", "g320502@talad.example", PASSWORD),
    ("ผู้ประสานงาน / coordinator", "coordinator@talad.example", PASSWORD),
    ("เหรัญญิกตลาด / treasurer", "treasurer@talad.example", PASSWORD),
    ("องค์การตลาด / marketing organisation", "marketing@talad.example", PASSWORD),
    ("ผู้ดูแลระบบ / administrator", "admin@talad.example", PASSWORD),
)

_STAFF: Final = (
    ("consumer", "สมศรี ใจดี", None),
    ("coordinator", "วิภา ประสานงาน", Role.PROVINCE_COORDINATOR),
    ("treasurer", "อารี การเงิน", Role.FINANCE),
    ("marketing", "ธนา การตลาด", Role.MARKETING),
    ("admin", "ผู้ดูแลระบบ", Role.ADMINISTRATOR),
)

#: Names of leaders, made up: as many pairs as there are groups.
_FIRST: Final = ("บุญศรี", "คำแพง", "ประนอม", "สมหมาย", "จันทร์เพ็ญ", "ทองใบ", "ลำดวน", "วันดี")
_LAST: Final = (
    "สีหาราช", "คำมูล", "แสงทอง", "พรมมา", "ศรีวิไล", "จันทร์หอม", "บุญเรือง", "นาคสวัสดิ์", "ชูแก้ว",
    "อินทะ", "ทองเนื้อดี", "ไชยวงศ์", "รักษ์ป่า",
)  # fmt: skip

#: What the parts of a price get, in basis points; the rest, and the packing, is the group's.
_PARTS: Final = {
    "packing": 600, "transport": 350, "coordination": 150, "marketing": 150, "payment": 100,
}  # fmt: skip

#: Weeks since rounds opened that are over by now, and their sample orders.
PAST: Final = ((7, 60), (6, 60), (5, 60))
_PAST_POINTS: Final = 5

_ROUNDS: Final = (
    # cycle, names, cut-off on the n-th coming Wednesday, sample orders
    (Cycle.WEEKLY, "รอบวันพุธนี้", "This Wednesday's round", 1, 220),
    (Cycle.BIWEEKLY, "รอบสองสัปดาห์", "The fortnightly round", 2, 60),
    (Cycle.MONTHLY, "รอบเดือนนี้", "This month's round", 3, 12),
)


def load_sample_if_empty(
    session: Session, folder: Path | None = None, past: Sequence[tuple[int, int]] = ()
) -> bool:
    """Load catalogue, accounts and rounds into an empty market; False when there is data.

    past: as ``PAST``. Those rounds are left closed: ``play.past`` plays them to their end.
    """
    # In one piece: step after step, in the order in which they need each other.
    if session.scalar(select(func.count()).select_from(ProducerGroup)):
        return False
    now = utc_now()
    tables, faults = read_folder(folder or FOLDER)
    if faults:
        raise ValueError("the sample does not pass its own check: " + "; ".join(map(str, faults)))
    import_catalogue(session, tables, sample=True)
    create_sample_accounts(session, now)
    crafts = {row["group_id"]: row["type_code"] for row in tables["groups"]}
    load_sample_stories(session, FOLDER / "stories.json", crafts, now)
    set_part_rules(session, EVERY_KIND, _PARTS, actor="system", now=now)
    # All of it is one transaction: whoever counts rows from outside would find none and plan so.
    session.execute(text("ANALYZE tambon, pickup_point, producer_group, product, offer, lane"))
    for weeks, orders in past:
        _close_past_round(session, weeks, orders, now)
    rounds = [
        open_sample_round(session, cycle, name_th, name_en, weeks=weeks, now=now)
        for cycle, name_th, name_en, weeks, _orders in _ROUNDS
    ]
    for round_id, (*_names, weeks, orders) in zip(rounds, _ROUNDS, strict=True):
        fill_round(session, round_id, orders, seed=weeks, now=now)
    load_sample_campaign(session, rounds[0], now)
    _add_standing_order(session, now)
    load_sample_care(session, now)
    raise_flags(session, now=now)
    return True


def _close_past_round(session: Session, weeks: int, orders: int, now: datetime) -> None:
    """A round that opened so many weeks ago, closed with its orders."""
    opened = now - timedelta(weeks=weeks)
    day = sample_timetable(opened, weeks=1, longest_lead_days=1).closes_at
    round_id = open_sample_round(
        session, Cycle.WEEKLY, f"รอบ {show_date(day)}", f"Round of {show_date(day, 'en')}",
        weeks=1, now=opened,
    )  # fmt: skip
    fill_round(session, round_id, orders, seed=weeks, now=opened, points=_PAST_POINTS)
    close_round(session, round_id, actor="system", now=get_round(session, round_id).closes_at)


def _add_standing_order(session: Session, now: datetime) -> None:
    """The sample buyer has rice every week, from the next round on."""
    user_id = session.scalar(select(User.id).where(User.email == "consumer@talad.example"))
    product_id = session.scalar(select(Product.id).where(Product.code == "P001"))
    if user_id is None or product_id is None:  # a catalogue of somebody's own
        return
    start = start_from_product(session, product_id, None, now=now)
    line = start.line(2, start.price_satang, ShortageChoice.FEWER)
    ways = ways_of(session, start.cycle, [line.draft], frozenset())
    terms = Terms(
        every=1, pay_method=ways.methods[0], recipient="สมศรี ใจดี", phone="+66800000001",
        point_id=ways.points[0].id,
    )  # fmt: skip
    standing_id = create_standing(session, user_id, start.cycle, terms, [line], now=now)
    act(session, standing_id, user_id, "skip", now=now)


def create_sample_accounts(session: Session, now: datetime) -> None:
    """One account a role, and a leader for every group (g<tambon code>@talad.example)."""
    staff = [
        NewSampleUser(
            email=f"{login}@talad.example",
            name=name,
            grants=(NewGrant(role=role, area_code=COUNTRY),) if role else (),
        )
        for login, name, role in _STAFF
    ]
    groups = session.execute(
        select(ProducerGroup.id, ProducerGroup.code).order_by(ProducerGroup.id)
    )
    leaders = [
        NewSampleUser(
            email=f"{code.lower()}@talad.example",
            name=f"{_FIRST[number % len(_FIRST)]} {_LAST[number % len(_LAST)]}",
            grants=(NewGrant(role=Role.GROUP_LEADER, group_id=group_id),),
            phone=f"+668000{30_000 + number:05d}",
        )
        for number, (group_id, code) in enumerate(groups, start=1)
    ]
    create_sample_users(session, staff + leaders, password=PASSWORD, now=now)


def open_sample_round(
    session: Session, cycle: Cycle, name_th: str, name_en: str, *, weeks: int, now: datetime
) -> int:
    """A round that has been open since yesterday and closes on a coming Wednesday at 18:00."""
    longest = session.scalar(
        select(func.max(Offer.lead_days)).where(Offer.active, Offer.round_cycle == cycle.value)
    )
    times = sample_timetable(now, weeks=weeks, longest_lead_days=longest or 7)
    new = NewRound(name_th=name_th, name_en=name_en, cycle=cycle, times=times, sample=True)
    round_id = create_round(session, new, actor="system", now=now)
    join_offers(session, round_id, now=now)
    open_round(session, round_id, actor="system", now=now)
    return round_id


def sample_timetable(now: datetime, *, weeks: int, longest_lead_days: int) -> Timetable:
    """Cut-off on the ``weeks``-th coming Wednesday, answers by Friday noon, paid by Sunday.

    Delivery on the first Friday to Sunday after the longest lead time.
    """
    close_on = _wednesday(bangkok_date(now) + timedelta(days=2)) + timedelta(weeks=weeks - 1)
    pay_on = close_on + timedelta(days=4)
    friday = _on_or_after(pay_on + timedelta(days=longest_lead_days), weekday=4)
    return Timetable(
        opens_at=now - timedelta(days=1),
        closes_at=bangkok_moment(close_on, time(18)),
        answer_by=bangkok_moment(close_on + timedelta(days=2), time(12)),
        answer_hours=12,
        rematch_limit=2,
        pay_by=bangkok_moment(pay_on, time(18)),
        delivery_on=tuple(friday + timedelta(days=days) for days in range(3)),
    )


def _wednesday(day: date) -> date:
    return _on_or_after(day, weekday=2)


def _on_or_after(day: date, *, weekday: int) -> date:
    return day + timedelta(days=(weekday - day.weekday()) % 7)
