"""Of every 100 baht: the home page says what the product pages say, offer by offer."""

from collections import Counter

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from market.catalogue.models import ChainCost
from market.clock import utc_now
from market.overviews.shop.home_queries import home_page
from market.overviews.shop.product_queries import product_page
from market.overviews.shop.rules import price_parts
from market.rounds.models import RoundOffer
from tests.factories.catalogue import make_group, make_product
from tests.factories.rounds import make_round, offer_in_round
from tests.factories.shop import statements

CHAIN = {
    "inputs": 1407, "production": 1172, "processing": 704, "quality_packing": 657,
    "gathering": 469, "coordination": 281,
}  # fmt: skip


def on_sale(session: Session, frozen: list[int | None]) -> int:
    """A round that is open now, an offer for each of these frozen shares of the group, per cent."""
    round_id = make_round(session, now=utc_now())
    for nth, per_cent in enumerate(frozen):
        product_id = make_product(session)
        links = list(CHAIN.items())[: 6 - nth % 3]
        session.add_all(
            ChainCost(
                product_id=product_id,
                link_no=no,
                link_key=key,
                name_th=key,
                name_en=key,
                cost_satang=cost,
            )
            for no, (key, cost) in enumerate(links, 1)
        )
        offer = session.get_one(
            RoundOffer, offer_in_round(session, round_id, make_group(session), product_id)
        )
        offer.unit_cost_satang = offer.price_satang * (40 + 30 * nth) // 100
        if per_cent is not None:
            offer.group_satang = offer.price_satang * per_cent // 100
    session.flush()
    return round_id


@pytest.mark.parametrize("frozen", [[None], [90], [100], [None, 92, 88, 95, None, 50]])
def test_home_and_product_pages_agree(session: Session, frozen: list[int | None]) -> None:
    now, wanted = utc_now(), Counter()
    on_sale(session, frozen)
    codes = session.execute(
        text("SELECT p.code, o.capacity_units FROM round_offer o JOIN product p"
             " ON p.id = o.product_id")
    ).all()  # fmt: skip
    for code, units in codes:
        seen = product_page(session, code, now)
        lead = seen.makers[0]
        for part in price_parts(
            lead.price_satang, lead.unit_cost_satang, seen.chain, lead.group_satang
        ):
            wanted[part.key] += part.satang * units
    session.expire_all()
    money = home_page(session, now).money
    assert money is not None
    found = dict(money.weights)
    whole = sum(wanted.values())
    assert found.keys() >= {key for key, satang in wanted.items() if satang}
    for key, satang in wanted.items():  # a product page rounds each unit, home each offer
        assert abs(found[key] - satang) * 1000 < whole, key
    assert money.tambons == 1


def test_home_takes_three_statements_with_frozen_parts(session: Session) -> None:
    on_sale(session, [92, None])
    with statements() as sent:
        home_page(session, utc_now())
    assert len(sent) == 3
