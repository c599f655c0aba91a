"""Writes of what a group tells: answers to its questions, and what is shown of them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from market.accounts.commands import record
from market.catalogue.facet_index import refresh_facets
from market.catalogue.models import Certificate, Offer, ProducerGroup
from market.db import lock
from market.errors import NotFound, Refused
from market.stories.models import Article, Capital, MakingStep, Portrait, Story
from market.stories.richtext import to_html
from market.stories.rules import MOST_ITEMS, Consent, Kind

Item = Story | MakingStep | Portrait | Capital | Article
MODELS: Mapping[str, type[Item]] = {
    "story": Story, "steps": MakingStep, "people": Portrait, "capitals": Capital,
    "articles": Article,
}  # fmt: skip


def save_item(
    session: Session, kind: Kind, group_id: int, item_id: int, values: Mapping[str, Any],
    *, actor: str, now: datetime,
) -> int:  # fmt: skip
    """Keep the answer to one question; item 0 is a new one. Returns its id.

    What is shown of a story or an article stays as it was until it is published again; the
    other kinds show the change at once. Raises NotFound, Refused.
    """
    item = _item(session, kind, group_id, item_id) if item_id else _new(session, kind, group_id)
    for column, value in values.items():
        setattr(item, column, value)
    item.edited_at = now
    if isinstance(item, Portrait) and "consent" in values:
        _note_consent(item, now)
    if isinstance(item, MakingStep) and "product_id" in values:
        item.number = _next_number(session, item)  # the last of its product's steps
    session.add(item)
    session.flush()
    _record(session, kind, item, "kept", actor, now)
    return item.id


def publish_item(
    session: Session, kind: Kind, group_id: int, item_id: int, *, actor: str, now: datetime
) -> None:
    """Show it to everybody. Raises Refused while something that must be there is missing."""
    item = _item(session, kind, group_id, item_id)
    if isinstance(item, Story | Article):
        item.body_th, item.body_en = to_html(item.source_th), to_html(item.source_en)
    _refuse_unfinished(item)
    item.published_at = item.published_at or now
    session.flush()
    _record(session, kind, item, "published", actor, now)


def hide_item(
    session: Session, kind: Kind, group_id: int, item_id: int, *, actor: str, now: datetime
) -> None:
    """Show it to nobody any more; hidden before, nothing changes."""
    item = _item(session, kind, group_id, item_id)
    item.published_at = None
    session.flush()
    _record(session, kind, item, "hidden", actor, now)


def withdraw_consent(
    session: Session, kind: Kind, group_id: int, item_id: int, *, actor: str, now: datetime
) -> None:
    """The person said no (again): hidden at once; their words and picture are forgotten."""
    item = _item(session, kind, group_id, item_id)
    if not isinstance(item, Portrait):
        raise NotFound("not_found", what="person")
    item.published_at = item.consent_at = None
    item.consent = Consent.NOT_ASKED
    item.words_th = item.words_en = ""
    item.photo_id = None
    session.flush()
    _record(session, kind, item, "consent.withdrawn", actor, now)


def remove_item(
    session: Session, kind: Kind, group_id: int, item_id: int, *, actor: str, now: datetime
) -> None:
    """Take it out for good; the steps behind it move up."""
    item = _item(session, kind, group_id, item_id)
    _record(session, kind, item, "removed", actor, now)
    session.delete(item)
    session.flush()
    if isinstance(item, MakingStep):
        session.execute(
            update(MakingStep)
            .where(*_siblings(item), MakingStep.number > item.number)
            .values(number=MakingStep.number - 1)
        )


def raise_step(
    session: Session, kind: Kind, group_id: int, item_id: int, *, actor: str, now: datetime
) -> None:
    """Swap a step with the one before it; the first stays where it is."""
    item = _item(session, kind, group_id, item_id)
    if not isinstance(item, MakingStep):
        raise NotFound("not_found", what="step")
    if item.number == 1:
        return
    session.execute(
        update(MakingStep)
        .where(*_siblings(item), MakingStep.number.in_((item.number, item.number - 1)))
        .values(number=2 * item.number - 1 - MakingStep.number)
        .execution_options(synchronize_session=False)
    )
    _record(session, kind, item, "moved", actor, now)


def check_paper(
    session: Session, group_id: int, certificate_id: int, values: Mapping[str, Any],
    *, actor: str, checker: str, now: datetime,
) -> None:  # fmt: skip
    """Somebody compared number, issuer and dates with the paper itself. Raises NotFound."""
    paper = lock(session, Certificate, certificate_id)
    owner = session.scalar(select(Offer.group_id).where(Offer.id == paper.offer_id))
    if owner != group_id:
        raise NotFound("not_found", what="certificate")
    for column in ("number", "issuer", "issued_on", "expires_on"):
        setattr(paper, column, values[column])
    paper.checked_by, paper.checked_at = checker, now
    refresh_facets(session)
    record(
        session, actor=actor, subject=f"certificate:{paper.id}", event="certificate.checked",
        at=now, data={"number": paper.number},
    )  # fmt: skip


def _new(session: Session, kind: Kind, group_id: int) -> Item:
    """A new item of a group; a single one is the one that may be there already.

    The group's row is locked: two tabs that begin a first story write the same one.
    """
    lock(session, ProducerGroup, group_id)
    model = MODELS[kind.key]
    if kind.single:
        found = session.scalar(select(model).where(model.group_id == group_id))
        if isinstance(found, model):
            return found
    count = session.scalar(
        select(func.count()).select_from(model).where(model.group_id == group_id)
    )
    if (count or 0) >= MOST_ITEMS:
        raise Refused("story_too_many", limit=MOST_ITEMS)
    return model(group_id=group_id)


def _item(session: Session, kind: Kind, group_id: int, item_id: int) -> Item:
    item: Item = lock(session, MODELS[kind.key], item_id)
    if item.group_id != group_id:
        raise NotFound("not_found", what=kind.key)
    return item


def _note_consent(person: Portrait, now: datetime) -> None:
    if person.consent is Consent.NOT_ASKED:
        person.consent_at = person.published_at = None
    else:
        person.consent_at = now


def _refuse_unfinished(item: Item) -> None:
    if isinstance(item, Portrait) and item.consent_at is None:
        raise Refused("story_no_consent")
    needed = {
        Story: ("body_th",), Article: ("title_th", "body_th", "author"),
        MakingStep: ("words_th",), Portrait: ("name_th",), Capital: ("name_th",),
    }[type(item)]  # fmt: skip
    if not all(getattr(item, column) for column in needed):
        raise Refused("story_unfinished")


def _siblings(item: MakingStep) -> tuple[Any, Any]:
    return MakingStep.group_id == item.group_id, MakingStep.product_id == item.product_id


def _next_number(session: Session, item: MakingStep) -> int:
    last = session.scalar(select(func.max(MakingStep.number)).where(*_siblings(item)))
    return int(last or 0) + 1


def _record(
    session: Session, kind: Kind, item: Item, event: str, actor: str, now: datetime
) -> None:
    record(
        session, actor=actor, subject=f"{kind.key}:{item.id}", event=f"{kind.key}.{event}",
        at=now, data={"group": item.group_id},
    )  # fmt: skip
