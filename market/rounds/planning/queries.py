"""Reading templates, the rounds they planned, and what can be chosen for them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from market.catalogue.models import Category, ProducerGroup, Product
from market.errors import NotFound
from market.places.models import PickupPoint, Province, Tambon
from market.rounds.models import Round
from market.rounds.planning.commands import next_occurrences
from market.rounds.planning.days import days_off
from market.rounds.planning.models import STEPS, RoundTemplate, TemplateChoice, TemplatePoint
from market.rounds.planning.rules import timetable_on
from market.rounds.rules import Cycle, RoundState, Timetable

_PLAIN = (
    "name_th", "name_en", "delivery_days", "answer_hours", "rematch_limit", "publish_minutes",
    "fee_percent", "ahead", "version",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class TemplateRow:
    """A template in the list; planned: rounds of it that wait to open."""

    id: int
    name_th: str
    name_en: str
    cycle: Cycle
    ahead: int
    active: bool
    planned: int
    next_on: date | None


@dataclass(frozen=True, kw_only=True)
class TemplateView:
    """A template as its page shows it. fields: by the form's names, as text."""

    id: int
    active: bool
    fields: dict[str, str]
    pay_methods: tuple[str, ...]
    parts: dict[str, Any] | None
    categories: tuple[str, ...]
    group_ids: tuple[int, ...]
    product_codes: tuple[str, ...]
    point_ids: tuple[int, ...]


@dataclass(frozen=True, kw_only=True)
class Coming:
    """A round that a template is about to plan, or has planned (round_id). times None: left out.

    met_th, met_en: the name of the day off that moved it or left it out.
    """

    due_on: date
    times: Timetable | None
    met_on: date | None
    met_th: str
    met_en: str
    round_id: int | None
    state: RoundState | None


@dataclass(frozen=True, kw_only=True)
class Choice:
    """Something that can be ticked."""

    key: str
    name_th: str
    name_en: str
    place_th: str = ""
    place_en: str = ""


@dataclass(frozen=True, kw_only=True)
class Choosable:
    """What a template can name."""

    kinds: tuple[Choice, ...]
    groups: tuple[Choice, ...]
    points: tuple[Choice, ...]


def list_templates(session: Session) -> tuple[TemplateRow, ...]:
    """Every template, those at work first."""
    drafts = (
        select(
            Round.template_id, func.count().label("planned"),
            func.min(Round.delivery_on[1]).label("next_on"),
        )
        .where(Round.state == RoundState.DRAFT, Round.template_id.is_not(None))
        .group_by(Round.template_id)
        .subquery()
    )  # fmt: skip
    rows = session.execute(
        select(
            RoundTemplate.id, RoundTemplate.name_th, RoundTemplate.name_en, RoundTemplate.cycle,
            RoundTemplate.ahead, RoundTemplate.active,
            func.coalesce(drafts.c.planned, 0).label("planned"), drafts.c.next_on,
        )
        .outerjoin(drafts, drafts.c.template_id == RoundTemplate.id)
        .order_by(RoundTemplate.active.desc(), drafts.c.next_on, RoundTemplate.id)
    )  # fmt: skip
    return tuple(TemplateRow(**row._mapping) for row in rows)


def get_template(session: Session, template_id: int) -> TemplateView:
    """One template. Raises NotFound."""
    template = _template(session, template_id)
    chosen = session.execute(
        select(TemplateChoice.category_key, TemplateChoice.group_id, Product.code)
        .outerjoin(Product, Product.id == TemplateChoice.product_id)
        .where(TemplateChoice.template_id == template_id)
        .order_by(TemplateChoice.id)
    ).all()
    points = session.scalars(
        select(TemplatePoint.point_id).where(TemplatePoint.template_id == template_id)
    ).all()
    return TemplateView(
        id=template.id, active=template.active, fields=_fields(template),
        pay_methods=tuple(template.pay_methods), parts=template.parts,
        categories=tuple(row.category_key for row in chosen if row.category_key),
        group_ids=tuple(row.group_id for row in chosen if row.group_id),
        product_codes=tuple(row.code for row in chosen if row.code), point_ids=tuple(points),
    )  # fmt: skip


def _fields(template: RoundTemplate) -> dict[str, str]:
    fields = {name: str(getattr(template, name)) for name in _PLAIN}
    for step in STEPS:
        at: time = getattr(template, f"{step}_time")
        fields[f"{step}_before"] = str(getattr(template, f"{step}_before"))
        fields[f"{step}_time"] = at.strftime("%H:%M")
    return fields | {
        "cycle": template.cycle.value, "holidays": template.holidays.value,
        "first_on": template.first_on.isoformat(), "policy": template.pay_policy,
    }  # fmt: skip


def _template(session: Session, template_id: int) -> RoundTemplate:
    template = session.get(RoundTemplate, template_id)
    if template is None:
        raise NotFound("template_not_found")
    return template


def coming(session: Session, template_id: int, now: datetime) -> tuple[Coming, ...]:
    """The next rounds of a template, those that are left out too, with what moved them."""
    template = _template(session, template_id)
    found = next_occurrences(session, template, now)
    if not found:
        return ()
    met = [new.met for new in found if new.met is not None]
    names = {d.day: d for d in days_off(session, min(met), max(met))} if met else {}
    planned = {
        row.due_on: row
        for row in session.execute(
            select(Round.due_on, Round.id, Round.state).where(Round.template_id == template_id)
        )
    }
    pace = template.pace()
    return tuple(
        Coming(
            due_on=new.due_on, met_on=new.met,
            times=None if new.delivery_on is None else timetable_on(pace, new.delivery_on),
            met_th=names[new.met].name_th if new.met in names else "",
            met_en=names[new.met].name_en if new.met in names else "",
            round_id=planned[new.due_on].id if new.due_on in planned else None,
            state=planned[new.due_on].state if new.due_on in planned else None,
        )
        for new in found
    )  # fmt: skip


def choosable(session: Session) -> Choosable:
    """Every kind of goods, group and point, for a template's page. Three statements."""
    kinds = session.execute(
        select(Category.key, Category.name_th, Category.name_en).order_by(Category.position)
    )
    place = (Province.name_th.label("place_th"), Province.name_en.label("place_en"))
    groups, points = (
        session.execute(
            select(thing.id.label("key"), thing.name_th, thing.name_en, *place)
            .join(Tambon, Tambon.code == thing.tambon_code)
            .join(Province, Province.code == Tambon.province_code)
            .where(thing.active)
            .order_by(Province.sort_key, func.thai_order(thing.name_th), thing.id)
        )
        for thing in (ProducerGroup, PickupPoint)
    )
    return Choosable(
        kinds=tuple(Choice(**row._mapping) for row in kinds),
        groups=tuple(_choice(row) for row in groups), points=tuple(_choice(row) for row in points),
    )  # fmt: skip


def _choice(row: Any) -> Choice:
    return Choice(**dict(row._mapping) | {"key": str(row.key)})


def find_products(session: Session, typed: Sequence[str]) -> tuple[tuple[int, ...], list[int]]:
    """Goods by code or full name; and the numbers (from 1) of the lines that name none."""
    known = named_products(session, typed)
    unknown = [number for number, text in enumerate(typed, start=1) if text not in known]
    found = dict.fromkeys(known[text] for text in typed if text in known)
    return tuple(found), unknown


def named_products(session: Session, typed: Sequence[str]) -> dict[str, int]:
    """The ids of goods by their codes and full names, of those that are typed."""
    rows = session.execute(
        select(Product.id, Product.code, Product.name_th, Product.name_en).where(
            Product.active, or_(Product.code.in_(typed), Product.name_th.in_(typed),
                                Product.name_en.in_(typed))
        )
    ).all()  # fmt: skip
    return {name: row.id for row in rows for name in (row.name_en, row.name_th, row.code)}
