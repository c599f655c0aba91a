"""The trail, signed links, buyers and grants."""

from datetime import timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from market.accounts import commands
from market.accounts.models import AuditEvent, Buyer, Grant, SignedLink
from market.accounts.queries import find_link, leaders_of, standing_of
from market.accounts.rules import LinkPurpose, NewGrant, Role, hash_token
from market.clock import utc_now
from market.errors import NotFound, Refused
from market.principals import Right
from tests.factories.accounts import make_buyer, make_grant, make_user, soon
from tests.factories.catalogue import make_group

NOW = utc_now()


def answer_link(session, group_id, **more):
    """An answering link of a group; its token."""
    return commands.issue_link(
        session, LinkPurpose.ANSWER, group_id=group_id, expires_at=soon(NOW), now=NOW, **more
    )


def test_the_trail_takes_rows_and_never_gives_them_back(session):
    commands.record(
        session, actor="system", subject="round:1", event="round.closed", at=NOW,
        from_state="open", to_state="closed", reason="cut-off", data={"lines": 3},
    )  # fmt: skip
    row = session.scalars(select(AuditEvent)).one()

    assert (row.actor, row.from_state, row.to_state, row.data) == (
        "system", "open", "closed", {"lines": 3},
    )  # fmt: skip
    for change in ("UPDATE audit_event SET actor = 'x'", "DELETE FROM audit_event"):
        with pytest.raises(DBAPIError, match="append-only"), session.begin_nested():
            session.execute(text(change))


def test_only_the_hash_of_a_link_is_kept(session):
    token = answer_link(session, make_group(session))

    link = session.scalars(select(SignedLink)).one()
    assert link.token_hash == hash_token(token)
    assert token not in str(vars(link))


def test_a_link_opens_until_it_expires_or_is_revoked(session):
    group_id = make_group(session)
    token = answer_link(session, group_id)

    assert find_link(session, token, NOW).path == f"/group/{group_id}"
    assert find_link(session, token + "x", NOW) is None
    assert find_link(session, token, NOW + timedelta(days=1)) is None
    assert commands.revoke_links(session, actor="user:1", group_id=group_id, now=NOW) == 1
    assert find_link(session, token, NOW) is None
    assert commands.revoke_links(session, actor="user:1", group_id=group_id, now=NOW) == 0


def test_revoking_one_group_s_links_leaves_the_others(session):
    mine, other = make_group(session), make_group(session)
    token = answer_link(session, other)
    answer_link(session, mine)

    commands.revoke_links(session, actor="user:1", group_id=mine, now=NOW)

    assert find_link(session, token, NOW) is not None
    with pytest.raises(Refused):
        commands.revoke_links(session, actor="user:1", now=NOW)


def test_a_user_has_one_buyer_that_follows_the_latest_contact(session):
    user = make_user(session)
    form = {"user_id": user.id, "phone": "+66812345678", "now": NOW}

    first = commands.find_or_create_buyer(session, name="มาลี", email=None, **form)
    again = commands.find_or_create_buyer(session, name="มาลี ดี", email="A@B.example", **form)

    session.expire_all()
    buyer = session.get(Buyer, first)
    assert again == first
    assert (buyer.name, buyer.email, buyer.phone) == ("มาลี ดี", "a@b.example", "+66812345678")


def test_typing_somebody_s_phone_never_makes_one_their_buyer(session):
    form = {"user_id": None, "name": "x", "phone": "+66812345678", "email": None, "now": NOW}
    first = commands.find_or_create_buyer(session, **form)

    stranger = commands.find_or_create_buyer(session, **form)
    same_browser = commands.find_or_create_buyer(session, **form, known=[first])

    assert stranger != first
    assert same_browser == first


def test_a_buyer_nobody_can_reach_is_refused(session):
    with pytest.raises(Refused) as refusal:
        commands.find_or_create_buyer(
            session, user_id=None, name="x", phone=None, email=" ", now=NOW
        )

    assert refusal.value.code == "buyer_needs_contact"
    assert session.scalars(select(Buyer)).all() == []


def test_guest_orders_become_a_user_s_only_by_a_proved_contact(session):
    proved = make_user(session, email="malee@market.example")
    unproved = make_user(session, email="other@market.example", confirmed=False)
    mine = make_buyer(session, email="malee@market.example", phone=None)
    make_buyer(session, email="other@market.example", phone=None)

    assert standing_of(session, proved.id, [], NOW).buyer_ids == {mine}
    assert standing_of(session, unproved.id, [], NOW).buyer_ids == set()


def test_standing_holds_rights_buyers_and_live_links(session):
    user, group_id = make_user(session), make_group(session)
    make_grant(session, user, Role.GROUP_LEADER, group=group_id)
    make_grant(session, user, Role.TAMBON_COORDINATOR, area="320502")
    buyer_id = make_buyer(session, user=user)
    answer_link(session, group_id)
    link_id = session.scalars(select(SignedLink.id)).one()

    standing = standing_of(session, user.id, [link_id, 99], NOW)

    assert set(standing.rights) == {
        Right(role="group_leader", group_id=group_id),
        Right(role="tambon_coordinator", area="320502"),
    }
    assert standing.buyer_ids == {buyer_id}
    assert [link.link_id for link in standing.links] == [link_id]
    assert standing_of(session, user.id, [link_id], NOW + timedelta(days=2)).links == ()


def test_leaders_are_listed_by_group(session):
    first, second = make_group(session), make_group(session)
    leader, member = make_user(session), make_user(session)
    make_grant(session, leader, Role.GROUP_LEADER, group=first)
    make_grant(session, member, Role.MEMBER, group=first)

    assert leaders_of(session, [first, second]) == {first: [leader.id], second: []}


def test_granting_twice_gives_one_right_and_one_row_of_the_trail(session):
    user = make_user(session)
    right = NewGrant(Role.FINANCE, area_code="")

    commands.grant(session, user.id, right, actor="user:1", now=NOW)
    commands.grant(session, user.id, right, actor="user:1", now=NOW)

    assert len(session.scalars(select(Grant)).all()) == 1
    assert len(session.scalars(select(AuditEvent)).all()) == 1
    commands.revoke(session, user.id, right, actor="user:1", now=NOW)
    assert session.scalars(select(Grant)).all() == []
    with pytest.raises(NotFound):
        commands.revoke(session, user.id, right, actor="user:1", now=NOW)
