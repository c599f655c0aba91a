"""The policy by itself: deny by default, areas are prefixes, links open one thing."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from market.accounts.rules import Role
from market.policy import REPORT_ROLES, RULES, allowed, link_used
from market.principals import NOTHING, LinkClaim, Principal, Right, Thing

GUEST = Principal()
PUBLIC = {
    "market.see", "cart.use", "hook.send", "order.place", "order.list", "notice.list",
    "request.write", "question.report", "voice.report",
}  # fmt: skip
codes = st.from_regex(r"\d{6}", fullmatch=True)


def test_a_permission_nobody_wrote_down_is_refused_to_everyone():
    admin = Principal(user_id=1, rights=(Right(role="administrator", area=""),))

    assert not allowed(admin, "no.such", Thing(area=""))


@pytest.mark.parametrize("permission", sorted(RULES))
def test_a_guest_may_only_look_and_order(permission):
    everything = Thing(area="320502", group_id=1, round_id=1, order_id=1, buyer_id=1, user_id=1)

    assert allowed(GUEST, permission, everything) == (permission in PUBLIC)


#: Asked of no thing: whoever has the role somewhere sees their own part of the page.
SOMEWHERE = {
    "board.see", "gather.see", "demand.see", "match.see", "round.see", "problem.list",
    "request.list", "voice.list", "country.see", "care.list", "import.list", "import.offers",
    "import.orders", "import.books", "books.sums", "report.list", "shortfall.resolve",
}  # fmt: skip


@pytest.mark.parametrize("permission", sorted(set(RULES) - PUBLIC))
def test_things_without_an_owner_belong_to_nobody(permission):
    """A thing whose fields are empty must not match a principal whose fields are empty."""
    for role in Role:
        who = Principal(rights=(Right(role=role, group_id=None, area=None),))
        somewhere = permission in SOMEWHERE or permission in REPORT_ROLES
        assert somewhere or not allowed(who, permission, NOTHING)


@given(codes, st.integers(0, 6), st.sampled_from(sorted(RULES)))
def test_a_wider_area_never_allows_less(code, length, permission):
    def holder(area):
        return Principal(user_id=1, rights=(Right(role="province_coordinator", area=area),))

    what = Thing(area=code)
    if allowed(holder(code), permission, what):
        assert allowed(holder(code[: length // 2 * 2]), permission, what)


@given(codes, codes)
def test_a_coordinator_ends_at_the_border(mine, other):
    who = Principal(user_id=1, rights=(Right(role="tambon_coordinator", area=mine),))

    assert allowed(who, "group.desk", Thing(area=other)) == (mine == other)
    assert not allowed(who, "match.run", Thing(area=""))


def test_an_answer_link_opens_one_group_in_one_round_and_no_money():
    link = LinkClaim(link_id=3, purpose="answer", group_id=4, round_id=5)
    who = Principal(links=(link,))

    assert allowed(who, "batch.answer", Thing(area="320502", group_id=4, round_id=5))
    for other in (Thing(group_id=4, round_id=6), Thing(group_id=9, round_id=5), Thing(group_id=4)):
        assert not allowed(who, "batch.answer", other)
    for money in ("group.money", "receipt.record", "payout.record", "batch.answer_for"):
        assert not allowed(who, money, Thing(area="320502", group_id=4, round_id=5))
    assert who.actor() == "link:3"
    assert not who.signed_in


def test_the_trail_names_the_link_that_was_needed_and_else_the_person():
    what = Thing(area="320502", group_id=4, round_id=5)
    links = (LinkClaim(link_id=2, purpose="order", order_id=9),
             LinkClaim(link_id=3, purpose="answer", group_id=4, round_id=5))  # fmt: skip
    buyer = Principal(user_id=7, links=links)
    leader = replace(buyer, rights=(Right(role="group_leader", group_id=4),))

    assert link_used(leader, "batch.answer", what) is None
    assert link_used(buyer, "batch.answer", what) == 3
    assert replace(buyer, via=3).actor() == "link:3"
    assert leader.actor() == buyer.actor() == "user:7"


def test_an_order_link_opens_one_order():
    who = Principal(links=(LinkClaim(link_id=3, purpose="order", order_id=9),))

    assert allowed(who, "order.change", Thing(order_id=9, area="320502", buyer_id=1))
    assert not allowed(who, "order.change", Thing(order_id=8, area="320502", buyer_id=1))
    assert not allowed(who, "batch.answer", Thing(group_id=9, round_id=9))


def test_an_answer_link_without_a_round_opens_nothing():
    who = Principal(links=(LinkClaim(link_id=3, purpose="answer", group_id=4),))

    assert not allowed(who, "batch.answer", Thing(group_id=4, round_id=None))


@pytest.mark.parametrize("permission", ["payout.record", "refund.record"])
def test_paying_out_is_for_finance_alone(permission):
    for role in set(Role) - {Role.FINANCE, Role.ADMINISTRATOR}:
        who = Principal(user_id=1, rights=(Right(role=role, area="", group_id=4),))
        assert not allowed(who, permission, Thing(area="", group_id=4))
