"""Whoever can do something about bad goods hears of them: the place's coordinator, the group."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from market.accounts.queries import leaders_of
from market.notices.commands import notify_many
from market.notices.rules import NewNotice

_ABOUT = text(
    """
    SELECT r.id, r.promised_by, o.number, o.tambon_code, b.group_id, p.name_th, p.name_en
      FROM problem_report r
      JOIN orders o ON o.id = r.order_id
      JOIN batch b ON b.id = r.batch_id
      JOIN product p ON p.id = b.product_id
     WHERE r.id = :id
    """
)
# The nearest: those of the tambon where there are any, else those of the amphoe or province.
_NEAREST = text(
    """
    SELECT user_id FROM (
        SELECT user_id, rank() OVER (ORDER BY length(area_code) DESC) AS place
          FROM grant_
         WHERE role IN ('tambon_coordinator', 'province_coordinator')
           AND area_code IS NOT NULL AND :code LIKE area_code || '%') near
     WHERE place = 1 GROUP BY user_id ORDER BY user_id
    """
)


def tell_staff(session: Session, problem_id: int, *, now: datetime) -> None:
    """One notice each; the group learns the order's number and the goods, no name."""
    about = session.execute(_ABOUT, {"id": problem_id}).one()
    nearest = session.scalars(_NEAREST, {"code": about.tambon_code}).all()
    leaders = leaders_of(session, [about.group_id])[about.group_id]
    told = [(user, "problem.reported", f"/money/problems#problem-{problem_id}") for user in nearest]
    told += [(user, "problem.of_group", f"/group/{about.group_id}") for user in leaders]
    notices = [
        NewNotice(
            event=event, subject=f"problem:{problem_id}", user_id=user,
            payload=_words(about) | {"link": link},
        )
        for user, event, link in told
    ]  # fmt: skip
    notify_many(session, notices, now)


def _words(about: Any) -> dict[str, Any]:
    return {
        "number": about.number,
        "goods_th": about.name_th,
        "goods_en": about.name_en,
        "promised_by": about.promised_by.isoformat(),
    }
