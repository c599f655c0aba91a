"""Those who care for groups, and what they keep."""

from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from market.mentoring.contacts import NewContact
from market.mentoring.models import ReadinessCheck
from market.mentoring.rules import Point
from tests.factories.matching import NOW

MENTOR = "user:1"
TODAY = date(2026, 11, 25)
DAY = timedelta(days=1)


def contact(name: str = "สมใจ", phone: str = "+66812345678", part: str = "") -> NewContact:
    """Somebody to call."""
    return NewContact(name=name, phone=phone, part=part)


def tick(session: Session, group_id: int, *points: Point, at: datetime = NOW) -> None:
    """These points are met."""
    session.add_all(
        ReadinessCheck(group_id=group_id, point=point, ticked_at=at, ticked_by=MENTOR)
        for point in points
    )
    session.flush()
