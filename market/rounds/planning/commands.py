"""Templates: written, paused, and the rounds they plan ahead."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import takewhile

from sqlalchemy import delete, insert, literal, select
from sqlalchemy.orm import Session

from market.accounts.commands import record
from market.catalogue.models import Category, ProducerGroup, Product
from market.clock import bangkok_date
from market.db import lock
from market.errors import Conflict, Refused
from market.places.models import PickupPoint
from market.rounds.commands import (
    NewRound,
    Origin,
    Payment,
    RoundTerms,
    create_round,
)
from market.rounds.joining import join_offers
from market.rounds.methods import CAPABILITIES, Asking, Payee, PayMethod, PayPolicy, offered
from market.rounds.models import Round
from market.rounds.parts import check_parts
from market.rounds.planning.days import closed_days
from market.rounds.planning.models import (
    RoundPoint,
    RoundTemplate,
    TemplateChoice,
    TemplatePoint,
)
from market.rounds.planning.rules import (
    FURTHEST_MOVE,
    Occurrence,
    Pace,
    due_days,
    occurrence,
    timetable_on,
)
from market.rounds.rules import timetable_faults

#: So far ahead a template looks for its next rounds: twelve monthly ones.
FURTHEST = timedelta(days=400)


@dataclass(frozen=True, kw_only=True)
class Choices:
    """Who and what takes part, and where it goes; empty is all."""

    categories: Collection[str] = ()
    group_ids: Collection[int] = ()
    product_ids: Collection[int] = ()
    point_ids: Collection[int] = ()


@dataclass(frozen=True, kw_only=True)
class NewTemplate:
    """All that is said on a template's page. ahead: rounds that stand planned, 0 to 12."""

    name_th: str
    name_en: str
    pace: Pace
    publish_minutes: int
    payment: Payment
    fee_percent: int
    ahead: int
    parts: Mapping[str, Mapping[str, int]] | None = None
    choices: Choices = field(default_factory=Choices)


def write_template(
    session: Session,
    new: NewTemplate,
    *,
    actor: str,
    now: datetime,
    template_id: int | None = None,
    version: int = 0,
) -> int:
    """Keep a template, new or over the version that its writer saw; returns its id.

    Refused where its timetable does not fit, its parts take too much or no method can keep
    what it promises; Conflict where somebody else wrote it meanwhile. Planned rounds stay.
    """
    _refuse_faults(new)
    _refuse_unknown(session, new.choices)
    template = _found(session, template_id, version, now)
    _take_words(template, new)
    session.add(template)
    session.flush()
    _write_choices(session, template.id, new.choices)
    record(
        session, actor=actor, subject=f"round_template:{template.id}", event="template.written",
        at=now, data={"version": template.version},
    )  # fmt: skip
    return template.id


def _take_words(template: RoundTemplate, new: NewTemplate) -> None:
    template.name_th, template.name_en = new.name_th, new.name_en
    template.take(new.pace)
    template.publish_minutes, template.fee_percent = new.publish_minutes, new.fee_percent
    template.pay_policy = str(new.payment.policy)
    template.pay_methods = [str(method) for method in new.payment.methods]
    template.parts = None if new.parts is None else {k: dict(v) for k, v in new.parts.items()}
    template.ahead = new.ahead


def _refuse_faults(new: NewTemplate) -> None:
    faults = timetable_faults(timetable_on(new.pace, new.pace.first_on), longest_lead_days=1)
    if faults:
        raise Refused("timetable_does_not_fit", fault=faults[0])
    live = frozenset(method for method, can in CAPABILITIES.items() if can.live)
    asking = Asking(policy=new.payment.policy, payee=Payee.MARKET, live=live)
    if not offered(new.payment.methods, asking):
        raise Refused("no_pay_method_fits")
    for shares in (new.parts or {}).values():
        check_parts(shares)


def _refuse_unknown(session: Session, choices: Choices) -> None:
    for column, keys in (
        (Category.key, choices.categories), (ProducerGroup.id, choices.group_ids),
        (Product.id, choices.product_ids), (PickupPoint.id, choices.point_ids),
    ):  # fmt: skip
        if set(keys) - set(session.scalars(select(column).where(column.in_(keys)))):
            raise Refused("choice_unknown")


def _found(session: Session, template_id: int | None, version: int, now: datetime) -> RoundTemplate:
    if template_id is None:
        return RoundTemplate(created_at=now)
    template = lock(session, RoundTemplate, template_id)
    if template.version != version:
        raise Conflict("template_was_changed")
    template.version += 1
    return template


def _write_choices(session: Session, template_id: int, choices: Choices) -> None:
    for model in (TemplateChoice, TemplatePoint):
        session.execute(delete(model).where(model.template_id == template_id))
    named = (
        ("category_key", choices.categories), ("group_id", choices.group_ids),
        ("product_id", choices.product_ids),
    )  # fmt: skip
    rows: list[dict[str, object]] = [
        {"template_id": template_id, "category_key": None, "group_id": None, "product_id": None}
        | {column: key}
        for column, keys in named
        for key in keys
    ]
    points = [{"template_id": template_id, "point_id": point} for point in choices.point_ids]
    if rows:
        session.execute(insert(TemplateChoice), rows)
    if points:
        session.execute(insert(TemplatePoint), points)


def set_active(
    session: Session, template_id: int, active: bool, *, actor: str, now: datetime
) -> None:
    """Pause a template, or let it plan again. Rounds that stand planned stay."""
    template = lock(session, RoundTemplate, template_id)
    if template.active is active:
        return
    template.active = active
    template.version += 1
    record(
        session, actor=actor, subject=f"round_template:{template_id}", at=now,
        event="template.resumed" if active else "template.paused",
    )  # fmt: skip


def due_templates(session: Session) -> list[int]:
    """Templates that plan ahead, by id."""
    query = select(RoundTemplate.id).where(RoundTemplate.active, RoundTemplate.ahead > 0)
    return list(session.scalars(query.order_by(RoundTemplate.id)))


def next_occurrences(session: Session, template: RoundTemplate, now: datetime) -> list[Occurrence]:
    """The rounds that should stand planned, in order, with those a day off leaves out.

    A round counts while orders can still be placed in it; one that would have opened before the
    template was written does not.
    """
    pace, today = template.pace(), bangkok_date(now)
    last = today + FURTHEST
    around = timedelta(days=FURTHEST_MOVE + pace.closes.days_before + pace.delivery_days)
    closed = closed_days(session, today - around, last + around)
    found: list[Occurrence] = []
    standing = 0
    for day in takewhile(lambda due: due <= last, due_days(pace, today)):
        if standing >= template.ahead:
            break
        new = occurrence(pace, day, closed)
        if new.delivery_on is not None:
            times = timetable_on(pace, new.delivery_on)
            if times.closes_at <= now or times.opens_at < template.created_at:
                continue
            standing += 1
        found.append(new)
    return found


def plan_next(
    session: Session, template_id: int, *, payee: Payee, now: datetime, actor: str = "system"
) -> int | None:
    """Plan the first round of a template that is missing; None where none is.

    Each occurrence once, whoever looks how often: it is known by its day for ever, even when
    its round was called off. Rounds missed during an outage are planned while orders can come in.
    """
    template = lock(session, RoundTemplate, template_id)
    if not template.active:
        return None
    known = set(session.scalars(select(Round.due_on).where(Round.template_id == template_id)))
    missing = (
        new
        for new in next_occurrences(session, template, now)
        if new.delivery_on is not None and new.due_on not in known
    )
    new = next(missing, None)
    return None if new is None else _plan(session, template, new, payee, actor, now)


def _plan(
    session: Session, template: RoundTemplate, new: Occurrence, payee: Payee, actor: str,
    now: datetime,
) -> int:  # fmt: skip
    round_id = create_round(session, _round(template, new, payee), actor=actor, now=now)
    join_offers(session, round_id, now=now)
    points = select(literal(round_id), TemplatePoint.point_id).where(
        TemplatePoint.template_id == template.id
    )
    session.execute(insert(RoundPoint).from_select(["round_id", "point_id"], points))
    return round_id


def _round(template: RoundTemplate, new: Occurrence, payee: Payee) -> NewRound:
    if new.delivery_on is None:
        raise ValueError("a round that is left out has no day")
    methods = tuple(map(PayMethod, template.pay_methods))
    return NewRound(
        name_th=template.name_th, name_en=template.name_en, cycle=template.cycle,
        times=timetable_on(template.pace(), new.delivery_on), sample=template.sample, payee=payee,
        payment=Payment(policy=PayPolicy(template.pay_policy), methods=methods),
        origin=Origin(template_id=template.id, due_on=new.due_on, met_on=new.met),
        terms=RoundTerms(publish_minutes=template.publish_minutes,
                         fee_percent=template.fee_percent, parts=template.parts),
    )  # fmt: skip
