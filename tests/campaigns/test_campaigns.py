"""Campaigns: written, shown on their days, counted without looking at anybody."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from market.campaigns.commands import end_campaign, publish_campaign, write_campaign
from market.campaigns.models import Campaign
from market.campaigns.queries import get_campaign, result_of, shown_campaign, strip_now
from market.campaigns.rules import slug_of
from market.clock import utc_now
from market.errors import Conflict, NotFound, Refused
from tests.factories.campaigns import a_campaign, make_campaign
from tests.factories.catalogue import make_group, make_product
from tests.factories.payments import add_order, make_paying
from tests.factories.rounds import NOON, make_round, offer_in_round
from tests.factories.shop import statements

WHO = {"actor": "user:1", "now": NOON}


def test_it_shows_from_its_first_to_its_last_day_while_published(session):
    campaign = make_campaign(session, now=NOON, product_ids=(make_product(session),))
    view = get_campaign(session, campaign)

    def shown(days):
        return strip_now(session, NOON + timedelta(days=days)) is not None

    assert [shown(days) for days in (-8, -7, 14, 15)] == [False, True, True, False]
    assert shown_campaign(session, view.slug, NOON).name_en == "Winter's goods"
    end_campaign(session, campaign, **WHO)
    end_campaign(session, campaign, **WHO)
    assert not shown(0)
    publish_campaign(session, campaign, **WHO)
    assert shown(0)


def test_a_draft_is_nobody_s_to_see(session):
    campaign = make_campaign(
        session, now=NOON, published=False, product_ids=(make_product(session),)
    )
    slug = get_campaign(session, campaign).slug

    with pytest.raises(NotFound):
        shown_campaign(session, slug, NOON)
    assert strip_now(session, NOON) is None


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"ends_on": NOON.date() - timedelta(days=30)}, "campaign_days"),
        ({"ends_on": NOON.date() + timedelta(days=300)}, "campaign_days"),
        ({"product_ids": ()}, "campaign_chooses"),
    ],
)
def test_what_cannot_be_is_refused(session, changes, code):
    product = make_product(session)
    with pytest.raises(Refused) as refusal:
        write_campaign(session, a_campaign(NOON, **{"product_ids": (product,)} | changes), **WHO)

    assert refusal.value.code == code
    assert session.scalar(select(func.count(Campaign.id))) == 0


def test_the_later_of_two_writers_is_told_and_an_over_one_is_not_published(session):
    product = make_product(session)
    campaign = make_campaign(session, now=NOON, published=False, product_ids=(product,))
    again = {"campaign_id": campaign, "version": 1}
    write_campaign(session, a_campaign(NOON, product_ids=(product,)), **again, **WHO)
    with pytest.raises(Conflict):
        write_campaign(session, a_campaign(NOON, product_ids=(product,)), **again, **WHO)

    later = {"actor": "user:1", "now": NOON + timedelta(days=30)}
    with pytest.raises(Refused) as refusal:
        publish_campaign(session, campaign, **later)
    assert refusal.value.code == "campaign_is_over"


def test_results_are_orders_of_the_chosen_goods_on_its_days(session):
    paying = make_paying(session)
    order = add_order(session, paying, 20)
    mine = make_campaign(session, now=order.placed_at, product_ids=(paying.product.id,))
    other = make_campaign(session, now=order.placed_at, product_ids=(make_product(session),))
    later = make_campaign(
        session, now=order.placed_at + timedelta(days=30), product_ids=(paying.product.id,)
    )

    results = [result_of(session, get_campaign(session, key)) for key in (mine, other, later)]

    assert [found.orders for found in results][1:] == [0, 0]
    assert results[0].orders >= 1
    assert results[0].units >= 20


def test_its_page_costs_the_same_for_one_and_for_thirty_goods(session, client):
    round_id = make_round(session, now=utc_now())
    group = make_group(session)
    for _ in range(2):
        offer_in_round(session, round_id, group, make_product(session))
    campaign = make_campaign(session, group_ids=(group,))
    address = f"/campaigns/{get_campaign(session, campaign).slug}"
    sent = []
    for goods in (0, 28):
        for _ in range(goods):
            offer_in_round(session, round_id, group, make_product(session))
        with statements() as found:
            answer = client.get(address)
        assert answer.status_code == 200
        sent.append(len(found))
    assert sent[0] == sent[1] <= 4
    assert answer.text.count('<li class="product"') == 30
    assert "ของหน้าหนาว" in client.get("/").text


@pytest.mark.parametrize(
    ("name", "slug"), [("Winter's goods!", "winter-s-goods-7"), ("ไทย", "7"), ("Café", "cafe-7")]
)
def test_an_address_is_plain_letters(name, slug):
    assert slug_of(name, 7) == slug
