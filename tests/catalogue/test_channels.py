"""On which ways a kind of goods travels: asked where orders and matches decide who reaches whom."""

import numpy as np
import pytest
from sqlalchemy import update

from market.catalogue.channels.commands import set_channels
from market.catalogue.channels.queries import kind_channels
from market.catalogue.channels.rules import Channel, OwnLane
from market.catalogue.models import ChannelRule, Product
from market.errors import Refused
from market.matching.flows.matching import solve_round
from market.matching.queries import read_problem
from market.orders.queries import read_market
from market.places.models import Amphoe, Tambon
from market.rounds.models import Round
from market.rounds.planning.models import RoundPoint
from tests.factories import matching as small
from tests.factories.catalogue import make_group, make_product
from tests.factories.places import make_lane, make_point, make_post, make_tambon
from tests.factories.rounds import NOON, make_round, offer_in_round

WHO = {"actor": "user:1", "now": NOON}
LOCAL = Channel(parcel=False, cold=False, own_lane=OwnLane.LOCAL)
VISIT = Channel(parcel=False, cold=False, own_lane=OwnLane.VISIT)


@pytest.fixture
def shop(session):
    """A group with a lane home, one within its district, one beyond, and the post."""
    group = make_group(session, tambon_code="320502")
    product = make_product(session)
    round_id = make_round(session)
    offer_in_round(session, round_id, group, product)
    points = {
        "home": make_point(session, tambon_code="320502", group_id=group),
        "near": make_point(session, tambon_code=make_tambon(session, "320503")),
        "far": make_point(session, tambon_code=make_tambon(session, "330101")),
    }
    for point in points.values():
        make_lane(session, group, point)
    make_post(session)

    def reached() -> set[str]:
        found = {
            name
            for name, point in points.items()
            if read_market(session, round_id, [product], point_id=point).offers[0].reaches
        }
        by_post = read_market(session, round_id, [product], tambon_code="330101")
        return found | ({"post"} if by_post.offers[0].reaches else set())

    return round_id, product, points, reached


@pytest.mark.parametrize(
    ("channel", "storage", "ways"),
    [
        (Channel(), "ambient", {"home", "near", "far", "post"}),
        (Channel(parcel=False), "ambient", {"home", "near", "far"}),
        (Channel(parcel=False), "chilled", {"home", "near", "far", "post"}),
        (Channel(cold=False), "chilled", {"home", "near", "far"}),
        (LOCAL, "ambient", {"home", "near"}),
        (VISIT, "ambient", {"home"}),
    ],
)
def test_an_order_can_take_only_the_ways_of_its_kind(session, shop, channel, storage, ways):
    _round_id, product, _points, reached = shop
    session.execute(update(Product).where(Product.id == product).values(storage=storage))

    set_channels(session, {"rice": channel}, **WHO)

    assert reached() == ways


def test_a_round_may_name_its_points_and_its_share_of_the_fee(session, shop):
    round_id, product, points, reached = shop
    before = read_market(session, round_id, [product], tambon_code="330101").destination
    session.add(RoundPoint(round_id=round_id, point_id=points["near"]))
    session.get_one(Round, round_id).fee_percent = 50
    session.flush()

    after = read_market(session, round_id, [product], tambon_code="330101").destination

    assert reached() == {"near", "post"}, "the post still comes"
    assert after.first_kg_satang == before.first_kg_satang // 2


def test_contradicting_ways_and_unknown_kinds_are_refused(session):
    make_product(session)
    for wrong in ({"rice": Channel(own_lane=OwnLane.VISIT)}, {"none": Channel()}):
        with pytest.raises(Refused):
            set_channels(session, wrong, **WHO)
    assert session.query(ChannelRule).count() == 0
    set_channels(session, {"rice": LOCAL}, **WHO)
    assert [kind.channel for kind in kind_channels(session) if kind.key == "rice"] == [LOCAL]
    set_channels(session, {"rice": Channel()}, **WHO)
    assert session.query(ChannelRule).count() == 0, "a kind that may do all needs no row"


@pytest.mark.parametrize("channel", [LOCAL, VISIT])
def test_a_match_keeps_goods_where_their_kind_stays(session, channel):
    """Two groups drive to the point; the other district's must not be given its orders."""
    round_, product = small.make_round(session), small.make_product(session)
    here, there = small.make_group(session), small.make_group(session)
    names = {"name_th": "อำเภอ", "name_en": "District"}
    session.add(Amphoe(code="9802", province_code=small.PROVINCE, **names))
    session.flush()
    session.add(
        Tambon(code="980201", amphoe_code="9802", province_code=small.PROVINCE,
               name_th="ไกล", name_en="Far", postcode="98000", search="ไกล", sort_key="ก")
    )  # fmt: skip
    session.flush()
    there.tambon_code = "980201"
    offers = [small.make_offer(session, round_, group, product) for group in (here, there)]
    point = small.make_point(session, here, there)
    point.group_id = here.id
    small.make_order(session, round_, product, 20, point=point)
    session.flush()
    set_channels(session, {"test": channel}, **WHO)

    problem = read_problem(session, round_.id)

    lines, made = problem.tables["lines"], problem.tables["offers"]
    rows = dict(zip(problem.offer_ids.tolist(), made["product"].tolist(), strict=True))
    assert lines["product"].tolist() == [rows[offers[0].id]]
    assert rows[offers[1].id] != rows[offers[0].id]
    assert set(problem.product_ids.tolist()) == {product.id}
    assert np.all(problem.tables["products"]["shippable"] == 0)
    solution = solve_round(problem)
    awarded = {row.round_offer_id: row.units for row in solution.offers}
    assert (awarded[offers[0].id], awarded.get(offers[1].id, 0)) == (20, 0)
