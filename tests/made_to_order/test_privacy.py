"""What a buyer asks for is between the buyer and the groups: no page tells it to others."""

from datetime import timedelta

from sqlalchemy import select

from market.accounts.models import SignedLink
from market.catalogue.models import Product
from market.made_to_order.commands import ask_proof, drop_old_drafts, start_draft
from market.made_to_order.models import GoodsRequest
from market.made_to_order.rules import RequestState
from market.matching.models import Batch
from market.overviews.trace.queries import _LOT
from tests.factories.matching import NOW, make_group, make_point
from tests.factories.requests import make_agreed, written


def unproved(session, email="liar@market.example"):
    """A guest's request whose letter was sent and never opened."""
    point = make_point(session, make_group(session))
    request_id, _token = start_draft(session, written(point, email=email), now=NOW)
    ask_proof(session, request_id, now=NOW)
    return session.get_one(GoodsRequest, request_id)


def test_no_public_page_names_what_was_made_for_one_buyer(session, client):
    asked, _number = make_agreed(session)
    [goods] = session.scalars(
        select(Product).where(Product.code == f"MTO-{asked.request.id}")
    ).all()
    wish = goods.name_th
    assert wish in (asked.request.words or "")

    for path in (
        f"/goods/{goods.code}", f"/goods/{goods.code}/reviews", f"/remind?product={goods.id}",
        "/goods", f"/goods?q={wish[:8]}", f"/groups/{asked.groups[0].code}",
    ):  # fmt: skip
        assert wish not in client.get(path).text, path


def test_a_lot_made_for_one_buyer_has_no_name_of_it(session):
    asked, _number = make_agreed(session)
    batch = session.scalars(
        select(Batch).where(Batch.round_id == asked.request.round_id).limit(1)
    ).one()
    batch.lot_code = "lot-of-one"
    session.flush()

    seen = session.execute(_LOT, {"lot_code": batch.lot_code}).one()

    assert (seen.name_th, seen.round_th) == ("สินค้าสั่งทำ", "สั่งทำ")


def test_a_request_that_nobody_proves_is_forgotten_with_its_links(session):
    unproved(session)
    assert session.scalars(select(SignedLink.id)).all()

    drop_old_drafts(session, now=NOW + timedelta(days=1))
    assert session.scalars(select(GoodsRequest.state)).all() == [RequestState.PROVING]
    drop_old_drafts(session, now=NOW + timedelta(days=30))

    assert session.scalars(select(GoodsRequest.id)).all() == []
    assert session.scalars(select(SignedLink.id)).all() == []


def test_a_new_letter_makes_the_old_one_worthless(session):
    request = unproved(session)

    request.email = "victim@market.example"
    ask_proof(session, request.id, now=NOW + timedelta(minutes=1))

    links = session.scalars(
        select(SignedLink.revoked_at).where(SignedLink.request_id == request.id)
        .order_by(SignedLink.id)
    ).all()  # fmt: skip
    assert [revoked is None for revoked in links] == [False, True]
