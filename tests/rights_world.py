"""One of everything, and one of everybody, for the test of rights."""

from dataclasses import dataclass, field
from datetime import timedelta

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from market.accounts.commands import issue_link
from market.accounts.models import SignedLink, User
from market.accounts.own.exports import ask_export
from market.accounts.rules import Role
from market.campaigns.models import Campaign
from market.clock import utc_now
from market.files import Store, keep_file, store_of
from market.fulfilment.gathering.models import BoxCase, Trip, TripBox, TripStop
from market.fulfilment.gathering.rules import BoxProblem, TripState
from market.fulfilment.models import Consignment
from market.imports.models import SheetImport
from market.imports.rules import ImportKind, ImportState
from market.made_to_order.models import GoodsRequest, RequestInvite, RequestQuestion
from market.made_to_order.rules import BuyerKind, RequestState
from market.matching.models import Ask, Assignment
from market.matching.resolving.models import InsteadOffer, NeighbourOffer, ShortfallStep
from market.matching.resolving.rules import OfferState, StepKind
from market.matching.rules import SimulationState
from market.matching.whatif.models import Simulation
from market.mentoring.models import (
    Flag,
    GroupContact,
    Officer,
    ReadinessCheck,
    Visit,
    VisitPhoto,
)
from market.mentoring.rules import FlagKind, Point
from market.notices.commands import notify
from market.notices.models import Notice
from market.orders.models import Cart, CartLine, Order
from market.orders.rules import MakerChoice
from market.payments.models import (
    BankFile,
    BankLine,
    BankStatement,
    Charge,
    GroupAccount,
    MoneyCase,
    Payout,
    ProblemReport,
    Refund,
    Slip,
)
from market.payments.papers import issue
from market.payments.states import PaperKind
from market.places.models import Tambon
from market.reports.models import ReportJob, ReportSchedule
from market.rounds.rules import RoundState
from market.voices.models import Review, Thanks
from tests.factories.accounts import browser_of, make_grant, make_user
from tests.factories.campaigns import make_bulk, make_campaign
from tests.factories.catalogue import make_group
from tests.factories.matching import AMPHOE, PROVINCE, TAMBON
from tests.factories.payments import Paying, add_order, make_paying
from tests.factories.photos import make_photo
from tests.factories.rounds import make_round, make_template
from tests.factories.stories import make_told

NEIGHBOUR, ELSEWHERE = AMPHOE + "02", "10"  # the next tambon; another province
PAPER = {
    "buyer": "ผู้ซื้อ", "order_number": "1-1", "amount_satang": 100, "fee_satang": 0, "lines": [],
    "words": "หนึ่งบาทถ้วน", "paid_at": "2026-11-23T00:00:00+00:00",
}  # fmt: skip


@dataclass
class World:
    """Ids by the names that routes use, and a browser for everybody."""

    ids: dict[str, object] = field(default_factory=dict)
    people: dict[str, FlaskClient] = field(default_factory=dict)


def make_world(session: Session, app: Flask) -> World:
    """A round in payment with all that hangs on it, an open round, and people."""
    now = utc_now()
    paying = make_paying(session)
    paying.run.input_hash = "0" * 64
    paying.point.group_id = paying.group.id  # the group's own place
    order = add_order(session, paying, 20)
    session.add(
        Tambon(code=NEIGHBOUR, amphoe_code=AMPHOE, province_code=PROVINCE, name_th="ข้างเคียง",
               name_en="Next door", postcode="98000", search="ข้างเคียง", sort_key="ข")
    )  # fmt: skip
    ask = Ask(
        batch_id=paying.batch.id, run_id=paying.run.id, units=20, lot_units=10, asked_at=now,
        answer_by=now + timedelta(days=1),
    )  # fmt: skip
    box = Consignment(
        batch_id=paying.batch.id, round_id=paying.round.id, point_id=paying.point.id, units=20
    )
    payout = Payout(
        round_id=paying.round.id, group_id=paying.group.id, amount_satang=100, due_at=now
    )
    refund = Refund(order_id=order.id, cause="test:1", amount_satang=100, due_at=now)
    trial = Simulation(
        round_id=paying.round.id, run_id=paying.run.id, state=SimulationState.WAITING, changes={},
        params={}, created_by="user:1", created_at=now,
    )  # fmt: skip
    problem = ProblemReport(
        order_id=order.id, line_id=paying.lines[0].id, batch_id=paying.batch.id, kind="damaged",
        words="แตก", reported_at=now, reported_by="guest", promised_by=now,
    )  # fmt: skip
    session.add_all([trial, ask, box, payout, refund, problem])
    session.flush()
    world = World()
    world.ids = {
        "group_id": paying.group.id, "round_id": paying.round.id, "ask_id": ask.id,
        "batch_id": paying.batch.id, "number": order.number, "order_id": order.id,
        "point_id": paying.point.id, "run_id": paying.run.id, "consignment_id": box.id,
        "work_step": "ingredients",
        "payout_id": payout.id, "refund_id": refund.id, "problem_id": problem.id,
        "offer_id": paying.offer.id,
        "code": paying.product.code, "token": "unknown-token", "name": "unknown.eml",
        "topic": "refunds", "step": "part", "page": "refunds", "offer_result_id": paying.offer.id,
        "open_round_id": make_round(session, state=RoundState.OPEN),
        "group_code": paying.group.code, "simulation_id": trial.id,
        "event": "batch.asked", "form": "short", "lang": "th",
        **_a_photo(session, app, paying.group.id),
        "template_id": make_template(session), **_told_about(session, paying.product.id),
        **_told(session, paying.group.id, paying.offer.offer_id),
        **_money_in(session, order, paying.group.id),
    }  # fmt: skip
    world.ids |= _short(session, paying) | {"product_id": paying.product.id}
    world.ids |= _said(session, order, paying)
    world.ids |= _cared_for(session, store_of(app.extensions["market_config"]), paying.group.id)
    world.ids |= _asked_for(session, order, paying.group.id)
    world.ids |= _on_the_road(session, paying, box)
    _add_people(session, app, world, order, paying)
    return world


def _asked_for(session: Session, order: Order, group_id: int) -> dict[str, object]:
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


def _cared_for(session: Session, store: Store, group_id: int) -> dict[str, object]:
    """A ticked point, a visit with a picture, people to call, a flag."""
    now, today = utc_now(), utc_now().date()
    said = {"entered_at": now, "entered_by": "user:0", "from_on": today, "phone": "+66812345678"}
    picture = keep_file(session, store, b"x", kind="image/webp", owner="x:1", now=now)
    rows = {
        "check_id": ReadinessCheck(
            group_id=group_id, point=Point.OWN_USE, file_hash=picture, ticked_at=now,
            ticked_by="user:0",
        ),
        "visit_id": Visit(group_id=group_id, planned_on=today, planned_by="user:0"),
        "contact_id": GroupContact(group_id=group_id, name="สมใจ", **said),
        "officer_id": Officer(tambon_code=TAMBON, name="ชูใจ", **said),
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


def _told_about(session: Session, product_id: int) -> dict[str, object]:
    """A campaign that shows now, and an order of an institution."""
    campaign_id = make_campaign(session, product_ids=(product_id,))
    slug = session.get_one(Campaign, campaign_id).slug
    institution_id, bulk_id = make_bulk(session, product_id)
    return {
        "campaign_id": campaign_id, "slug": slug, "institution_id": institution_id,
        "bulk_id": bulk_id,
    }  # fmt: skip


def _on_the_road(session: Session, paying: Paying, box: Consignment) -> dict[str, object]:
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


def _short(session: Session, paying: Paying) -> dict[str, object]:
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


def _told(session: Session, group_id: int, offer_id: int) -> dict[str, object]:
    """What a group tells: a person, an article, an answered question, a paper."""
    told = make_told(session, group_id, offer_id)
    return {
        "kind": "people", "item_id": told.person_id, "ask": "words", "article_id": told.article_id,
        "question_id": told.question_id, "paper_id": told.paper_id, "tambon": TAMBON, "part": 1,
        "og_kind": "group",
    }  # fmt: skip


def _a_photo(session: Session, app: Flask, group_id: int) -> dict[str, object]:
    """A photo that everybody sees."""
    photo = make_photo(session, store_of(app.extensions["market_config"]), group_id)
    name = f"{photo.sha256}-320.webp"
    return {"photo_id": photo.id, "photo_name": name, "question": "words"}


def _said(session: Session, order: Order, paying: Paying) -> dict[str, object]:
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


def _money_in(session: Session, order: Order, group_id: int) -> dict[str, object]:
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


def _add_people(session, app, world, order, paying) -> None:
    area, group_id, round_id = paying.group.tambon_code, paying.group.id, paying.round.id
    assert (area, order.tambon_code) == (TAMBON, TAMBON)

    def staff(role: Role, **place) -> FlaskClient:
        user = make_user(session)
        make_grant(session, user, role, **place)
        return browser_of(app, user)

    consumer = make_user(session)
    notify(
        session, event="no.such", subject="x:1", payload={"link": "/"}, now=utc_now(),
        user_id=consumer.id,
    )  # fmt: skip
    world.ids["export_id"] = ask_export(session, consumer.id, now=utc_now())
    world.ids |= _reports(session, consumer.id)
    world.ids["notice_id"] = session.scalars(
        select(Notice.id).where(Notice.user_id == consumer.id, Notice.channel == "inapp")
    ).one()
    brought_in = _a_sheet(session, world, area)
    world.ids["line_id"] = _cart_line(session, consumer.id, paying)
    world.ids |= {"standing_id": 1, "standing_run_id": 1, "basket_id": 1, "address_id": 1}
    world.people = {
        "nobody": browser_of(app),
        "buyer": browser_of(app, buyer_ids=[order.buyer_id]),
        "consumer": browser_of(app, consumer),
        "order link": browser_of(app, links=[_link(session, "order", order_id=order.id)]),
        "answer link": browser_of(
            app, links=[_link(session, "answer", group_id=group_id, round_id=round_id)]
        ),
        "request link": browser_of(
            app, links=[_link(session, "request", request_id=world.ids["request_id"])]
        ),
        "request answer link": browser_of(
            app,
            links=[
                _link(
                    session, "request_answer", group_id=group_id, request_id=world.ids["request_id"]
                )
            ],
        ),
        "driver link": browser_of(
            app, links=[_link(session, "trip", trip_id=world.ids["trip_id"])]
        ),
        "stranger leader": staff(Role.GROUP_LEADER, group=make_group(session)),
        "leader": staff(Role.GROUP_LEADER, group=group_id),
        "treasurer": staff(Role.TREASURER, group=group_id),
        "member": staff(Role.MEMBER, group=group_id),
        "neighbour": staff(Role.TAMBON_COORDINATOR, area=NEIGHBOUR),
        "coordinator": browser_of(app, brought_in),
        "elsewhere": staff(Role.PROVINCE_COORDINATOR, area=ELSEWHERE),
        "province": staff(Role.PROVINCE_COORDINATOR, area=PROVINCE),
        "partner": staff(Role.PARTNER, area=""),
        "marketing": staff(Role.MARKETING, area=""),
        "finance": staff(Role.FINANCE, area=""),
        "admin": staff(Role.ADMINISTRATOR, area=""),
    }


def _a_sheet(session: Session, world: World, area: str) -> User:
    """The tambon's coordinator, who brought in a sheet of offers; and a household's book."""
    user, now = make_user(session), utc_now()
    make_grant(session, user, Role.TAMBON_COORDINATOR, area=area)
    sheet = SheetImport(
        kind=ImportKind.OFFERS, state=ImportState.CHECKED, user_id=user.id, area_code=area,
        round_id=world.ids["round_id"], file_name="x.csv", file_hash="0" * 64, head_row=1,
        heads=[], columns={}, created_at=now, expires_at=now + timedelta(days=1),
    )  # fmt: skip
    session.add(sheet)
    session.flush()
    world.ids |= {
        "import_id": sheet.id, "sheet_kind": "offers", "suffix": "csv", "household_id": 1,
    }  # fmt: skip
    return user


def _reports(session: Session, user_id: int) -> dict[str, object]:
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


def _link(session: Session, purpose: str, **bound: int) -> int:
    now = utc_now()
    issue_link(session, purpose, expires_at=now + timedelta(days=1), now=now, **bound)
    return session.scalars(select(SignedLink.id).order_by(SignedLink.id.desc())).first()


def _cart_line(session: Session, user_id: int, paying) -> int:
    cart = Cart(user_id=user_id, updated_at=utc_now())
    session.add(cart)
    session.flush()
    line = CartLine(
        cart_id=cart.id, round_id=paying.round.id, product_id=paying.product.id, group_id=None,
        maker=MakerChoice.ANY, units=1,
    )  # fmt: skip
    session.add(line)
    session.flush()
    return line.id


def order_of(session: Session, world: World) -> Order:
    """The order as it is now."""
    return session.get_one(Order, world.ids["order_id"])
