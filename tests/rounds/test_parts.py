"""A price is a stack of parts that adds up, frozen when its round opens."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from market.errors import Refused
from market.rounds.methods import (
    CAPABILITIES,
    Asking,
    Payee,
    PayMethod,
    PayPolicy,
    live_methods,
    offered,
)
from market.rounds.models import RoundOffer, RoundOfferPart
from market.rounds.parts import (
    MAKERS,
    PARTS,
    freeze_parts,
    part_rules,
    rules_for,
    set_part_rules,
    split_price,
)
from tests.factories.matching import NOW
from tests.factories.payments import PRICE, make_paying

SHARES = st.fixed_dictionaries({part: st.integers(0, 1000) for part in PARTS if part != MAKERS})


@given(st.integers(1, 10**9), SHARES)
def test_the_parts_add_up_to_the_price(price: int, shares: dict[str, int]) -> None:
    stack = split_price(price, shares)
    assert sum(stack.values()) == price
    assert all(satang > 0 for satang in stack.values())
    exact = {part: price * points / 10_000 for part, points in shares.items()}
    assert all(abs(stack.get(part, 0) - exact[part]) < 1 for part in shares)


def test_a_round_keeps_the_parts_it_opened_with(session: Session) -> None:
    paying = make_paying(session)
    set_part_rules(session, "", {"transport": 700, "packing": 500}, actor="user:1", now=NOW)
    freeze_parts(session, paying.round.id)
    set_part_rules(session, "", {"transport": 2000}, actor="user:1", now=NOW)
    rows = session.execute(select(RoundOfferPart.part, RoundOfferPart.amount_satang)).all()
    assert dict(map(tuple, rows)) == {"makers": 6160, "packing": 350, "transport": 490}
    group = session.scalar(select(RoundOffer.group_satang))
    assert group == PRICE - 490


def test_a_kind_of_goods_may_have_its_own_rule(session: Session) -> None:
    set_part_rules(session, "", {"transport": 700, "packing": 500}, actor="user:1", now=NOW)
    set_part_rules(session, "cloth", {"transport": 100}, actor="user:1", now=NOW)
    rules = part_rules(session)
    assert rules_for(rules, "cloth") == {"transport": 100, "packing": 500}
    assert rules_for(rules, "rice") == {"transport": 700, "packing": 500}


@pytest.mark.parametrize(
    "shares", [{"transport": 5001}, {"makers": 1}, {"gift": 1}, {"packing": -1}]
)
def test_parts_that_take_too_much_or_are_none_change_nothing(
    session: Session, shares: dict[str, int]
) -> None:
    with pytest.raises(Refused):
        set_part_rules(session, "", shares, actor="user:1", now=NOW)
    assert part_rules(session) == ()
    assert session.scalar(text("SELECT count(*) FROM audit_event")) == 0


def asking(policy: PayPolicy, payee: Payee = Payee.MARKET, **more: object) -> Asking:
    live = live_methods("sk_test_1", ["card", "promptpay"])
    return Asking(**({"policy": policy, "payee": payee, "live": live} | more))  # type: ignore[arg-type]


def test_a_way_that_cannot_keep_the_promise_is_not_offered() -> None:
    after = offered(CAPABILITIES, asking(PayPolicy.AFTER_MATCH))
    assert PayMethod.CREDIT not in after
    assert PayMethod.CASH in after
    assert PayMethod.CASH not in offered(CAPABILITIES, asking(PayPolicy.UPFRONT))
    assert PayMethod.CASH not in offered(
        CAPABILITIES, asking(PayPolicy.AFTER_MATCH, at_point=False)
    )
    small = offered(CAPABILITIES, asking(PayPolicy.AFTER_MATCH, amount_satang=900))
    assert PayMethod.CARD not in small
    assert PayMethod.PROMPTPAY in small
    groups = offered(CAPABILITIES, asking(PayPolicy.AFTER_MATCH, Payee.GROUPS))
    assert not any(CAPABILITIES[method].live for method in groups)
    assert offered(CAPABILITIES, asking(PayPolicy.UPFRONT, Payee.GROUPS)) == ()
    provider = offered(CAPABILITIES, asking(PayPolicy.AFTER_MATCH, Payee.PROVIDER))
    assert set(provider) == {PayMethod.CARD, PayMethod.STRIPE_PROMPTPAY, PayMethod.CASH}
    assert live_methods(None, ["card"]) == frozenset()
