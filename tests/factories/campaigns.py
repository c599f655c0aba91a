"""Campaigns that show now."""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from market.campaigns.commands import NewCampaign, publish_campaign, write_campaign
from market.campaigns.institutions.commands import (
    NewInstitution,
    NewLine,
    write_institution,
    write_order,
)
from market.clock import bangkok_date, utc_now


def a_campaign(now: datetime, **changes: object) -> NewCampaign:
    """Three weeks around now."""
    today = bangkok_date(now)
    values: dict[str, object] = {
        "name_th": "ของหน้าหนาว", "name_en": "Winter's goods", "words_th": "อุ่นจากกลุ่ม",
        "words_en": "Warm, from the groups", "starts_on": today - timedelta(days=7),
        "ends_on": today + timedelta(days=14),
    }  # fmt: skip
    return NewCampaign(**values | changes)  # type: ignore[arg-type]


def make_campaign(
    session: Session, *, now: datetime | None = None, published: bool = True, **changes: object
) -> int:
    """A campaign, published unless said otherwise."""
    at = now or utc_now()
    made = write_campaign(session, a_campaign(at, **changes), actor="user:1", now=at)
    if published:
        publish_campaign(session, made, actor="user:1", now=at)
    return made


def make_bulk(session: Session, product_id: int) -> tuple[int, int]:
    """An institution with a draft order of these goods; their ids."""
    now = utc_now()
    new = NewInstitution(
        name="โรงเรียน", contact="ครูสมใจ", phone="+66441234567", billing_words="ฝ่ายโภชนาการ",
        tambon_code="980101", address="1 หมู่ 2",
    )  # fmt: skip
    institution = write_institution(session, new, actor="user:1", now=now)
    day = bangkok_date(now) + timedelta(days=40)
    line = NewLine(product_id=product_id, units=10, price_satang=7000, needed_on=day)
    order = write_order(session, institution, None, [line], key="bulk", actor="user:1", now=now)
    return institution, order
