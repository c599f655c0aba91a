"""The group's own page: one thing to do, and money only for those who may see it."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from market.accounts.models import User
from market.accounts.rules import Role
from market.clock import utc_now
from market.matching.models import Batch
from market.matching.rules import BatchState
from market.overviews.desk.queries import get_desk
from market.payments.models import Payout
from market.rounds.rules import RoundState
from tests.factories.matching import (
    make_group,
    make_leader,
    make_offer,
    make_product,
    make_round,
)

pytestmark = pytest.mark.usefixtures("app")


def sign_in(client: FlaskClient, user: User) -> None:
    """As the sign-in library would leave the session."""
    with client.session_transaction() as cookie:
        cookie["_user_id"], cookie["_fresh"] = user.fs_uniquifier, True


def test_a_group_with_nothing_to_do_is_told_so(session: Session, client: FlaskClient) -> None:
    group = make_group(session)
    sign_in(client, make_leader(session, group))
    session.commit()

    answer = client.get(f"/group/{group.id}")

    assert answer.status_code == 200
    assert answer.text.count("<h1") == 1


def test_batches_in_hand_come_first_and_money_is_for_the_leader(
    session: Session, client: FlaskClient
) -> None:
    group, product = make_group(session), make_product(session)
    round_ = make_round(session, state=RoundState.PRODUCING)
    offer = make_offer(session, round_, group, product)
    other = make_offer(session, round_, group, make_product(session))
    for joined, state in ((other, BatchState.HANDED_OVER), (offer, BatchState.TO_MAKE)):
        session.add(
            Batch(round_id=round_.id, round_offer_id=joined.id, group_id=group.id,
                  product_id=joined.product_id, delivery_index=0, state=state,
                  confirmed_units=20, to_make_units=20)
        )  # fmt: skip
    session.add(
        Payout(round_id=round_.id, group_id=group.id, amount_satang=140_000, due_at=utc_now())
    )
    leader, member = make_leader(session, group), make_leader(session, group, Role.MEMBER)
    session.commit()

    desk = get_desk(session, group.id, now=utc_now(), money=True)
    assert [batch.state for batch in desk.batches] == [BatchState.TO_MAKE, BatchState.HANDED_OVER]
    assert desk.owed_satang == 140_000
    sign_in(client, leader)
    assert "฿1,400" in client.get(f"/group/{group.id}").text
    sign_in(client, member)
    assert "฿1,400" not in client.get(f"/group/{group.id}").text


PAGES_OF_A_GROUP = (
    "make", "money", "account", "voices", "questions", "papers", "page", "photos", "photos/new",
    "readiness", "contacts", "requests",
)  # fmt: skip


def test_every_page_of_a_group_leads_back_to_its_day(session: Session, client: FlaskClient) -> None:
    group = make_group(session)
    group.name_th = "วิสาหกิจชุมชนผ้าทอมือ"
    sign_in(client, make_leader(session, group))
    session.commit()
    day = f'<a class="top-group" href="/group/{group.id}">ผ้าทอมือ</a>'

    own = [f"/group/{group.id}/{page}" for page in PAGES_OF_A_GROUP] + ["/inbox", "/household"]
    answers = [client.get(page, headers={"Accept-Language": "th"}) for page in own]

    assert [
        (page, a.status_code) for page, a in zip(own, answers, strict=True) if day not in a.text
    ] == []
    assert day not in client.get(f"/group/{group.id}").text  # is the day
    assert "top-group" not in client.get("/group/999999/money").text  # no such group


def test_a_stranger_may_not_look(session: Session, client: FlaskClient) -> None:
    group = make_group(session)
    sign_in(client, make_leader(session, make_group(session)))
    session.commit()

    answer = client.get(f"/group/{group.id}")

    assert answer.status_code == 403
    assert "top-group" not in answer.text
