"""One of everything, and one of everybody, for the test of rights."""

from dataclasses import dataclass, field
from datetime import timedelta

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from market.accounts.commands import issue_link
from market.accounts.models import SignedLink, User
from market.accounts.own.exports import ask_export
from market.accounts.rules import Role
from market.clock import utc_now
from market.files import store_of
from market.fulfilment.models import Consignment
from market.imports.models import SheetImport
from market.imports.rules import ImportKind, ImportState
from market.matching.models import Ask
from market.matching.rules import SimulationState
from market.matching.whatif.models import Simulation
from market.notices.commands import notify
from market.notices.models import Notice
from market.orders.models import Cart, CartLine, Order
from market.orders.rules import MakerChoice
from market.payments.models import (
    Payout,
    ProblemReport,
    Refund,
)
from market.places.models import Tambon
from market.rounds.rules import RoundState
from tests import rights_things as things
from tests.factories.accounts import browser_of, make_grant, make_user
from tests.factories.catalogue import make_group
from tests.factories.matching import AMPHOE, PROVINCE, TAMBON
from tests.factories.payments import add_order, make_paying
from tests.factories.rounds import make_round, make_template

NEIGHBOUR, ELSEWHERE = AMPHOE + "02", "10"  # the next tambon; another province


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
        **things.a_photo(session, app, paying.group.id),
        "template_id": make_template(session), **things.told_about(session, paying.product.id),
        **things.told(session, paying.group.id, paying.offer.offer_id),
        **things.money_in(session, order, paying.group.id),
    }  # fmt: skip
    world.ids |= things.short(session, paying) | {"product_id": paying.product.id}
    world.ids |= things.said(session, order, paying)
    world.ids |= things.cared_for(
        session, store_of(app.extensions["market_config"]), paying.group.id
    )
    world.ids |= things.asked_for(session, order, paying.group.id)
    world.ids |= things.on_the_road(session, paying, box)
    _add_people(session, app, world, order, paying)
    return world


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
    world.ids |= things.reports(session, consumer.id)
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
