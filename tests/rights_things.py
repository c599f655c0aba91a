"""One of everything that a route may name, beside the round itself, for ``rights_world``."""

from datetime import timedelta

from flask import Flask
from sqlalchemy import update
from sqlalchemy.orm import Session

from market.campaigns.models import Campaign
from market.clock import utc_now
from market.files import Store, keep_file, store_of
from market.fulfilment.gathering.models import BoxCase, Trip, TripBox, TripStop
from market.fulfilment.gathering.rules import BoxProblem, TripState
from market.fulfilment.models import Consignment
from market.made_to_order.models import GoodsRequest, RequestInvite, RequestQuestion
from market.made_to_order.rules import BuyerKind, RequestState
from market.matching.models import Assignment
from market.matching.resolving.models import InsteadOffer, NeighbourOffer, ShortfallStep
from market.matching.resolving.rules import OfferState, StepKind
from market.mentoring.models import (
    Flag,
    GroupContact,
    Officer,
    ReadinessCheck,
    Visit,
    VisitPhoto,
)
from market.mentoring.rules import FlagKind, Point
from market.orders.models import Order
from market.payments.models import (
    BankFile,
    BankLine,
    BankStatement,
    Charge,
    GroupAccount,
    MoneyCase,
    Slip,
)
from market.payments.papers import issue
from market.payments.states import PaperKind
from market.reports.models import ReportJob, ReportSchedule
from market.voices.models import Review, Thanks
from tests.factories.campaigns import make_bulk, make_campaign
from tests.factories.matching import PROVINCE, TAMBON
from tests.factories.payments import Paying
from tests.factories.photos import make_photo
from tests.factories.stories import make_told

PAPER = {
    "buyer": "ผู้ซื้อ", "order_number": "1-1", "amount_satang": 100, "fee_satang": 0, "lines": [],
    "words": "หนึ่งบาทถ้วน", "paid_at": "2026-11-23T00:00:00+00:00",
}  # fmt: skip


def asked_for(session: Session, order: Order, group_id: int) -> dict[str, object]:
    """A request of the order's buyer that the group was asked, with a question of the group."""
    now = utc_now()
    asked = GoodsRequest(
        state=RequestState.ASKED, buyer_id=order.buyer_id, words="ข้าว", units=10, unit_th="กก.",
        unit_en="kg", max_price_satang=100, needed_on=now.date() + timedelta(days=30),
        tambon_code=order.tambon_code, point_id=order.point_id, buyer_kind=BuyerKind.PERSON,
        name="มาลี", phone="+66812345678", deposit_basis_points=3000, created_at=now, asked_at=now,
        answer_by=now + timedelta(days=1), choose_by=now + timedelta(days=2),
    )  # fmt: skip
    session.add(asked)
    session.flush()
    invite = RequestInvite(request_id=asked.id, group_id=group_id, asked_at=now)
    session.add(invite)
    session.flush()
    question = RequestQuestion(invite_id=invite.id, question="?", asked_at=now)
    session.add(question)
    session.flush()
    return {
        "request_id": asked.id, "request_question_id": question.id, "request_question": "what",
    }  # fmt: skip


def cared_for(session: Session, store: Store, group_id: int) -> dict[str, object]:
    """A ticked point, a visit with a picture, people to call, a flag."""
    now, today = utc_now(), utc_now().date()
    who = {"entered_at": now, "entered_by": "user:0", "from_on": today, "phone": "+66812345678"}
    picture = keep_file(session, store, b"x", kind="image/webp", owner="x:1", now=now)
    rows = {
        "check_id": ReadinessCheck(
            group_id=group_id, point=Point.OWN_USE, file_hash=picture, ticked_at=now,
            ticked_by="user:0",
        ),
        "visit_id": Visit(group_id=group_id, planned_on=today, planned_by="user:0"),
        "contact_id": GroupContact(group_id=group_id, name="สมใจ", **who),
        "officer_id": Officer(tambon_code=TAMBON, name="ชูใจ", **who),
        "flag_id": Flag(kind=FlagKind.SILENT, thing="group:1", tambon_code=TAMBON,
                        group_id=group_id, opened_at=now),
    }  # fmt: skip
    session.add_all(rows.values())
    session.flush()
    photo = VisitPhoto(visit_id=rows["visit_id"].id, file_hash=picture, width=1, height=1)
    session.add(photo)
    session.flush()
    return {name: row.id for name, row in rows.items()} | {
        "visit_photo_id": photo.id, "visit_step": "looked", "point": "own_use",
        "province": PROVINCE,
    }  # fmt: skip


def told_about(session: Session, product_id: int) -> dict[str, object]:
    """A campaign that shows now, and an order of an institution."""
    campaign_id = make_campaign(session, product_ids=(product_id,))
    slug = session.get_one(Campaign, campaign_id).slug
    institution_id, bulk_id = make_bulk(session, product_id)
    return {
        "campaign_id": campaign_id, "slug": slug, "institution_id": institution_id,
        "bulk_id": bulk_id,
    }  # fmt: skip


def on_the_road(session: Session, paying: Paying, box: Consignment) -> dict[str, object]:
    """A trip that fetches the group's box, and a case about that box."""
    now = utc_now()
    trip = Trip(
        area_code=TAMBON, delivery_on=now.date(), starts_at=now, vehicle="รถ", capacity_g=1000,
        driver_name="สมชาย", state=TripState.LOCKED, version=1, created_at=now, created_by="user:0",
    )  # fmt: skip
    session.add(trip)
    session.flush()
    stop = TripStop(trip_id=trip.id, position=1, group_id=paying.group.id)
    case = BoxCase(
        consignment_id=box.id, kind=BoxProblem.SHORT, units=1, words="", before_hand_over=True,
        found_at=now, found_by="user:0",
    )  # fmt: skip
    put_down = TripStop(trip_id=trip.id, position=2, point_id=box.point_id)
    session.add_all([stop, put_down, case, TripBox(consignment_id=box.id, trip_id=trip.id)])
    session.flush()
    return {"trip_id": trip.id, "stop_id": stop.id, "box_case_id": case.id}


def short(session: Session, paying: Paying) -> dict[str, object]:
    """Something offered to the group's coordinator, and something else to the buyer."""
    terms = {
        "round_id": paying.round.id, "round_offer_id": paying.offer.id, "units": 10,
    }  # fmt: skip
    steps = [
        ShortfallStep(product_id=paying.product.id, number=number, kind=kind, done_by="user:1",
                      done_at=utc_now(), **terms)
        for number, kind in enumerate((StepKind.NEIGHBOUR, StepKind.INSTEAD), start=1)
    ]  # fmt: skip
    session.add_all(steps)
    session.flush()
    neighbour = NeighbourOffer(step_id=steps[0].id, state=OfferState.OPEN, **terms)
    instead = InsteadOffer(
        step_id=steps[1].id, line_id=paying.lines[0].id, price_satang=100, state=OfferState.OPEN,
        offered_at=utc_now(), answer_by=utc_now() + timedelta(days=1), **terms,
    )  # fmt: skip
    session.add_all([neighbour, instead])
    session.flush()
    return {"neighbour_id": neighbour.id, "instead_id": instead.id}


def told(session: Session, group_id: int, offer_id: int) -> dict[str, object]:
    """What a group tells: a person, an article, an answered question, a paper."""
    made = make_told(session, group_id, offer_id)
    return {
        "kind": "people", "item_id": made.person_id, "ask": "words", "article_id": made.article_id,
        "question_id": made.question_id, "paper_id": made.paper_id, "tambon": TAMBON, "part": 1,
        "og_kind": "group",
    }  # fmt: skip


def a_photo(session: Session, app: Flask, group_id: int) -> dict[str, object]:
    """A photo that everybody sees."""
    photo = make_photo(session, store_of(app.extensions["market_config"]), group_id)
    name = f"{photo.sha256}-320.webp"
    return {"photo_id": photo.id, "photo_name": name, "question": "words"}


def said(session: Session, order: Order, paying: Paying) -> dict[str, object]:
    """Goods in the buyer's hands, a review, a thank-you and the makers' picture of them."""
    session.execute(
        update(Assignment)
        .where(Assignment.batch_id == paying.batch.id)
        .values(live_units=20, received_units=20, received_at=utc_now())
    )
    review = Review(
        line_id=paying.lines[0].id, batch_id=paying.batch.id, product_id=paying.product.id,
        group_id=paying.group.id, score=5, words="ดี", show_name=False, sent_at=utc_now(),
    )  # fmt: skip
    thanks = Thanks(
        order_id=order.id, group_id=paying.group.id, words="ขอบคุณ", is_public=False,
        show_name=False, sent_at=utc_now(),
    )  # fmt: skip
    session.add_all([review, thanks])
    session.flush()
    return {
        "review_id": review.id, "thanks_id": thanks.id, "sent_photo_id": 0, "lot_code": "1-00001",
    }  # fmt: skip


def money_in(session: Session, order: Order, group_id: int) -> dict[str, object]:
    """A slip and a receipt of the order; an account and a file for the bank."""
    charge = Charge(
        order_id=order.id, round_id=order.round_id, method="promptpay", goods_satang=100,
        fee_satang=0, amount_satang=100, pay_by=utc_now(), raised_at=utc_now(),
    )  # fmt: skip
    session.add(charge)
    session.flush()
    slip = Slip(charge_id=charge.id, file_hash="0" * 64, trans_ref="REF1", sent_at=utc_now())
    session.add(slip)
    session.flush()
    number = issue(
        session, PaperKind.RECEIPT, f"charge:{charge.id}", PAPER, actor="system", now=utc_now(),
        order_id=order.id,
    )  # fmt: skip
    account = GroupAccount(
        group_id=group_id, bank_code="004", account_number="1234567890", account_name="กลุ่ม",
        entered_by="user:0", entered_at=utc_now(),
    )  # fmt: skip
    file = BankFile(
        layout="bank=bank_code", content="bank\r\n", sha256="0", payouts=1, amount_satang=100,
        made_at=utc_now(), made_by="user:0",
    )  # fmt: skip
    statement = BankStatement(
        file_hash="0", name="x.csv", lines=1, imported_at=utc_now(), imported_by="user:0"
    )
    session.add_all([account, file, statement])
    session.flush()
    line = BankLine(
        statement_id=statement.id, row=2, booked_on=utc_now().date(), amount_satang=100,
        reference="LINE1",
    )  # fmt: skip
    case = MoneyCase(kind="slip_reused", subject="x:1", amount_satang=100, found_at=utc_now())
    session.add_all([line, case])
    session.flush()
    return {
        "slip_id": slip.id, "paper": number, "account_id": account.id, "file_id": file.id,
        "bank_line_id": line.id, "case_id": case.id, "table": "ledger",
    }  # fmt: skip


def reports(session: Session, user_id: int) -> dict[str, object]:
    """A file of public rows, and a schedule of this person's."""
    job = ReportJob(
        fingerprint="0", report="catalogue", format="csv", as_of=utc_now(), areas=[], group_ids=[],
        asked_by=user_id, asked_at=utc_now(),
    )  # fmt: skip
    schedule = ReportSchedule(
        user_id=user_id, report="catalogue", format="page", occasion="closed", made_at=utc_now()
    )
    session.add_all([job, schedule])
    session.flush()
    return {
        "report_key": "catalogue", "extension": "csv", "report_job_id": job.id,
        "schedule_id": schedule.id,
    }  # fmt: skip
