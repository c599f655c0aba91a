"""News of a request, for its buyer and for the groups that were asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from market.accounts.commands import issue_link, issue_links
from market.accounts.models import Buyer
from market.accounts.queries import leaders_of
from market.accounts.rules import LinkPurpose, NewLink
from market.catalogue.models import ProducerGroup
from market.made_to_order.models import GoodsRequest
from market.notices.commands import notify, notify_many
from market.notices.rules import NewNotice

LINK_GRACE = timedelta(days=14)
PROOF_LASTS = timedelta(days=2)


def tell_groups(
    session: Session, request: GoodsRequest, what: str, group_ids: Sequence[int], *,
    now: datetime, data: Mapping[str, Any] | None = None, mark: str = "",
    each: Mapping[int, Mapping[str, Any]] | None = None,
) -> None:  # fmt: skip
    """One notice a leader, with a link that opens this request for this group and nothing else.

    what names the words; the same ``what`` is told once, unless ``mark`` differs. data is for
    all of them, each for one group.
    """
    leaders = leaders_of(session, sorted(set(group_ids)))
    people = [(group, user) for group, users in leaders.items() for user in users]
    tokens = _group_links(session, request, people, now)
    names = _names(session, leaders)
    notices = [
        NewNotice(
            event="request.group", user_id=user,
            subject=f"request:{request.id}:group:{group}:{what}{mark}",
            payload=_words(request, what) | names[group] | dict(data or {})
            | dict((each or {}).get(group, {})) | {"link": f"/l/{token}"},
        )
        for (group, user), token in zip(people, tokens, strict=True)
    ]  # fmt: skip
    notify_many(session, notices, now)


def tell_buyer(
    session: Session, request: GoodsRequest, what: str, *, now: datetime,
    data: Mapping[str, Any] | None = None, mark: str = "",
) -> None:  # fmt: skip
    """A notice to whoever asked: a guest's letter carries a signed link."""
    if request.buyer_id is None:
        return
    user_id = session.scalar(select(Buyer.user_id).where(Buyer.id == request.buyer_id))
    path = f"/made-to-order/{request.id}"
    link = path if user_id is not None else f"/l/{_buyer_link(session, request, now)}"
    notify(
        session, event="request.buyer", buyer_id=request.buyer_id, now=now,
        subject=f"request:{request.id}:{what}{mark}",
        payload=_words(request, what) | dict(data or {}) | {"link": link},
    )  # fmt: skip


def _buyer_link(session: Session, request: GoodsRequest, now: datetime) -> str:
    lasts = PROOF_LASTS if request.choose_by is None else request.choose_by - now + LINK_GRACE
    return issue_link(
        session, LinkPurpose.REQUEST, expires_at=now + max(lasts, PROOF_LASTS), now=now,
        request_id=request.id,
    )  # fmt: skip


def _group_links(
    session: Session, request: GoodsRequest, people: Sequence[tuple[int, int]], now: datetime
) -> list[str]:
    until = max(request.choose_by or now, now) + LINK_GRACE
    links = [
        NewLink(
            purpose=LinkPurpose.REQUEST_ANSWER, user_id=user, group_id=group,
            request_id=request.id, expires_at=until,
        )
        for group, user in people
    ]  # fmt: skip
    return issue_links(session, links, now=now)


def _names(session: Session, group_ids: Mapping[int, Any]) -> dict[int, dict[str, str]]:
    rows = session.execute(
        select(ProducerGroup.id, ProducerGroup.name_th, ProducerGroup.name_en).where(
            ProducerGroup.id.in_(group_ids)
        )
    )
    return {row.id: {"group_th": row.name_th, "group_en": row.name_en} for row in rows}


def _words(request: GoodsRequest, what: str) -> dict[str, Any]:
    return {
        "what": what,
        "request_id": request.id,
        "words": shortened(request.words or ""),
        "units": request.units,
        "unit_th": request.unit_th,
        "unit_en": request.unit_en,
        "needed_on": request.needed_on.isoformat() if request.needed_on else None,
        "answer_by": request.answer_by.isoformat() if request.answer_by else None,
        "choose_by": request.choose_by.isoformat() if request.choose_by else None,
    }


SHOWN_LETTERS = 60


def shortened(words: str) -> str:
    """The first words of a wish, as a name for it."""
    words = " ".join(words.split())
    return words if len(words) <= SHOWN_LETTERS else words[: SHOWN_LETTERS - 1].rstrip() + "…"
