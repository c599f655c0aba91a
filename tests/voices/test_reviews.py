"""Reviews come from receivers alone, once a line; groups answer once; coordinators may hide."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select, text, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from market.errors import Conflict, NotFound, Refused
from market.fulfilment.commands import receive_order
from market.matching.models import Assignment
from market.orders.models import Order
from market.payments.problems import Problem, refund_problem
from market.snapshots import KeptSnapshot
from market.voices import queries
from market.voices.commands import (
    NewReview,
    hide_review,
    keep_review,
    reply_review,
    report_review,
    show_review,
    write_review,
)
from market.voices.models import Review, ReviewPhoto, ReviewReport
from market.voices.rules import EDIT_FOR, MOST_PHOTOS, MOST_WORDS
from tests.factories.fulfilment import make_arrived, make_producing
from tests.factories.matching import NOW
from tests.factories.payments import PRICE, Paying, add_order, make_paying
from tests.factories.shop import statements

BUYER = "user:5"


def received(session: Session, units: int = 10) -> Paying:
    """One order of so many units, in its buyer's hands."""
    paying = arrived(session, units)
    order = paying.orders[0]
    receive_order(session, paying.point.id, order.pickup_code, actor="user:1", now=NOW)
    return paying


def arrived(session: Session, units: int = 10) -> Paying:
    """One order whose goods lie at the point."""
    paying = make_paying(session)
    add_order(session, paying, units)
    make_producing(session, paying)
    make_arrived(session, paying)
    return paying


def write(session: Session, paying: Paying, score: int = 5, words: str = "อร่อย", **more) -> bool:
    now = more.pop("now", NOW)
    review = NewReview(line_id=paying.lines[0].id, score=score, words=words, **more)
    return write_review(session, paying.orders[0].number, review, actor=BUYER, now=now)


def count(session: Session, table=Review) -> int:
    return session.scalar(select(func.count()).select_from(table))


def test_a_receiver_reviews_a_line_once_and_everybody_reads_it(session):
    paying = received(session)

    assert write(session, paying, 4, "ข้าวหอม", show_name=True)
    found = queries.reviews_of_product(session, paying.product.id)

    assert (found.rating.count, found.rating.average) == (1, 4)
    assert [(r.score, r.words) for r in found.reviews] == [(4, "ข้าวหอม")]
    assert " " not in found.reviews[0].name
    assert queries.reviews_of_group(session, paying.group.id).rating.count == 1


def test_a_second_review_of_a_line_changes_the_first(session):
    paying = received(session)
    write(session, paying, 5)

    assert not write(session, paying, 2, "คิดใหม่")

    assert count(session) == 1
    assert session.scalars(select(Review)).one().score == 2


def test_a_name_is_shown_only_with_its_owners_consent(session):
    paying = received(session)
    write(session, paying)
    assert queries.reviews_of_product(session, paying.product.id).reviews[0].name is None


def test_goods_that_nobody_has_received_are_not_reviewed(session):
    paying = arrived(session)

    with pytest.raises(Refused) as refusal:
        write(session, paying)

    assert refusal.value.code == "review_not_received"
    assert count(session) == 0


def test_a_line_of_another_order_is_not_mine_to_review(session):
    mine, other = received(session), received(session)
    review = NewReview(line_id=other.lines[0].id, score=1)

    with pytest.raises(Refused, match="review_not_received"):
        write_review(session, mine.orders[0].number, review, actor=BUYER, now=NOW)

    assert count(session) == 0


def test_a_cancelled_order_is_not_reviewed(session):
    paying = received(session)
    session.get_one(Order, paying.orders[0].id).state = "cancelled"
    session.flush()
    with pytest.raises(Refused, match="review_not_received"):
        write(session, paying)


def test_goods_that_were_wholly_paid_back_are_not_reviewed_partly_paid_back_ones_are(session):
    paying = received(session, 10)
    refund(session, paying, PRICE * 9)
    assert write(session, paying, 2)

    other = received(session, 10)
    refund(session, other, PRICE * 10)
    with pytest.raises(Refused, match="review_refunded"):
        write(session, other)


def refund(session: Session, paying: Paying, satang: int) -> None:
    given = Problem(
        order_id=paying.orders[0].id, batch_id=paying.batch.id, line_id=paying.lines[0].id,
        amount_satang=satang,
    )  # fmt: skip
    refund_problem(session, given, actor="user:1", now=NOW)


@pytest.mark.parametrize("score", [0, 6, -1])
def test_a_review_needs_a_score_of_one_to_five(session, score):
    with pytest.raises(Refused, match="review_score_missing"):
        write(session, received(session), score)


def test_long_words_are_refused_not_cut(session):
    paying = received(session)
    with pytest.raises(Refused) as refusal:
        write(session, paying, words="ก" * 5000)
    assert refusal.value.data == {"most": MOST_WORDS, "count": 5000}
    assert count(session) == 0
    assert write(session, paying, words="ก" * MOST_WORDS)


def test_a_review_is_changed_for_two_weeks_and_then_stands(session):
    paying = received(session)
    write(session, paying, 5)
    with pytest.raises(Refused, match="review_too_old"):
        write(session, paying, 1, now=NOW + EDIT_FOR + timedelta(seconds=1))
    assert session.scalars(select(Review)).one().score == 5


def test_the_database_itself_refuses_words_about_goods_nobody_received(session):
    paying = arrived(session)
    values = {
        "line": paying.lines[0].id, "batch": paying.batch.id, "product": paying.product.id,
        "group": paying.group.id, "order": paying.orders[0].id, "now": NOW,
    }  # fmt: skip
    review = text(
        "INSERT INTO review (line_id, batch_id, product_id, group_id, score, words, show_name,"
        " sent_at) VALUES (:line, :batch, :product, :group, 5, '', false, :now)"
    )
    thanks = text(
        "INSERT INTO thanks (order_id, group_id, words, is_public, show_name, sent_at)"
        " VALUES (:order, :group, 'x', false, false, :now)"
    )
    for statement in (review, thanks):
        with pytest.raises(IntegrityError, match="received nothing"), session.begin_nested():
            session.execute(statement, values)
    receive_order(session, paying.point.id, paying.orders[0].pickup_code, actor="user:1", now=NOW)
    session.execute(review, values)
    session.execute(thanks, values)


def test_the_same_picture_twice_is_one_and_a_fourth_is_refused(session):
    paying = received(session)
    kept = [keep(session, n) for n in range(MOST_PHOTOS + 1)]
    write(session, paying, photos=[kept[0], kept[1]])
    write(session, paying, photos=[kept[0], kept[2]])
    assert count(session, ReviewPhoto) == MOST_PHOTOS

    with pytest.raises(Refused, match="review_photos_full"), session.begin_nested():
        write(session, paying, photos=[kept[3]])

    shown = queries.reviews_of_product(session, paying.product.id).reviews[0]
    assert [(photo.width, photo.height) for photo in shown.photos] == [(8, 6)] * MOST_PHOTOS


def keep(session: Session, n: int) -> KeptSnapshot:
    sha256 = f"{n:064d}"
    session.execute(
        text(
            "INSERT INTO stored_file (sha256, kind, size_bytes, owner, stored_at)"
            " VALUES (:sha256, 'image/webp', 1, 'test', :now)"
        ),
        {"sha256": sha256, "now": NOW},
    )
    return KeptSnapshot(file_hash=sha256, width=8, height=6)


def test_a_group_answers_once(session):
    review_id = reviewed(session)
    reply_review(session, review_id, "ขอบคุณ", actor="user:1", now=NOW)
    reply_review(session, review_id, "ขอบคุณ", actor="user:1", now=NOW)
    with pytest.raises(Conflict, match="review_replied"):
        reply_review(session, review_id, "อีกที", actor="user:1", now=NOW)
    assert session.get_one(Review, review_id).reply == "ขอบคุณ"


def reviewed(session: Session) -> int:
    write(session, received(session))
    return session.scalars(select(Review.id)).one()


def test_a_hidden_review_counts_for_nothing_and_leaves_its_reason(session):
    review_id = reviewed(session)
    review = session.get_one(Review, review_id)
    report_review(session, review_id, "มีเบอร์โทรคนอื่น", actor="guest", now=NOW)
    report_review(session, review_id, "อีกครั้ง", actor="guest", now=NOW)
    assert count(session, ReviewReport) == 1

    with pytest.raises(Refused, match="voice_reason_missing"):
        hide_review(session, review_id, "", actor="user:2", now=NOW)
    hide_review(session, review_id, "เปิดเผยเบอร์ของคนอื่น", actor="user:2", now=NOW)
    hide_review(session, review_id, "อื่น", actor="user:3", now=NOW)

    found = queries.reviews_of_product(session, review.product_id)
    assert (found.rating.count, found.rating.average, found.reviews) == (0, None, ())
    trail = trail_of(session, review_id)
    assert trail[-1] == ("review.hidden", "เปิดเผยเบอร์ของคนอื่น", "user:2")
    told = session.execute(text("SELECT payload FROM notice WHERE event = 'review.hidden'"))
    assert {row.payload["reason"] for row in told} == {"เปิดเผยเบอร์ของคนอื่น"}
    with pytest.raises(NotFound):
        report_review(session, review_id, "x", actor="user:9", now=NOW)

    show_review(session, review_id, "ลบเบอร์แล้ว", actor="user:2", now=NOW)
    assert queries.reviews_of_product(session, review.product_id).rating.count == 1


def test_a_hidden_review_is_not_brought_back_by_its_writer(session):
    paying = received(session)
    write(session, paying)
    review_id = session.scalars(select(Review.id)).one()
    hide_review(session, review_id, "หยาบคาย", actor="user:2", now=NOW)
    with pytest.raises(Refused, match="review_hidden"):
        write(session, paying, 5, "ดีมาก")


def test_a_reported_review_may_be_let_stand(session):
    review_id = reviewed(session)
    report_review(session, review_id, "ไม่ชอบ", actor="user:9", now=NOW)
    assert queries.reviews_to_watch(session, [""])[0].reports == ("ไม่ชอบ",)
    keep_review(session, review_id, "เป็นเรื่องของสินค้า", actor="user:2", now=NOW)
    assert queries.reviews_to_watch(session, [""])[0].reports == ()
    assert trail_of(session, review_id)[-1][0] == "review.kept"


def trail_of(session: Session, review_id: int) -> list[tuple[str, str, str]]:
    rows = session.execute(
        text("SELECT event, reason, actor FROM audit_event WHERE subject = :s ORDER BY id"),
        {"s": f"review:{review_id}"},
    )
    return [tuple(row) for row in rows]


def test_a_page_of_reviews_costs_the_same_statements_however_many_there_are(app, session):
    few = received(session)
    write(session, few)
    many = received(session)
    write(session, many, photos=[keep(session, n) for n in range(MOST_PHOTOS)])
    counts = []
    for paying in (few, many):
        if paying is many:
            more = received_again(session, many, 6)
            assert queries.reviews_of_product(session, many.product.id).rating.count == more + 1
        with statements() as sent:
            app.test_client().get(f"/goods/{paying.product.code}/reviews")
        counts.append(len(sent))
    assert counts[0] == counts[1]


def received_again(session: Session, paying: Paying, orders: int) -> int:
    """So many further orders of the same batch, taken home and reviewed."""
    for _order in range(orders):
        order = add_order(session, paying, 1)
        taken = update(Assignment).where(Assignment.line_id == paying.lines[-1].id)
        session.execute(taken.values(live_units=1, received_units=1, received_at=NOW))
        review = NewReview(line_id=paying.lines[-1].id, score=3, words="ดี")
        write_review(session, order.number, review, actor=BUYER, now=NOW)
    return orders
