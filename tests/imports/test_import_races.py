"""Two workers, two taps, a worker killed in the middle: nothing twice, nothing lost."""

import os
import signal
import subprocess
import sys
import threading
import time

import pytest
from sqlalchemy import func, select, text

from market.accounts.rules import Role
from market.catalogue.models import Product
from market.clock import utc_now
from market.db import db, transaction
from market.files import store_of
from market.imports.flows import work
from market.imports.models import SheetImport, SheetRow
from market.orders.models import Order
from market.places.models import PickupPoint
from tests.factories.accounts import browser_of, make_grant, make_user
from tests.factories.catalogue import make_group, make_product
from tests.factories.places import make_lane, make_point
from tests.factories.rounds import make_round, offer_in_round
from tests.factories.sheets import carry_out, csv_text, send

HEADS = ["ชื่อผู้สั่ง", "เบอร์โทร", "จุดรับ", "สินค้า", "จำนวน"]
ORDERS = 120


@pytest.fixture
def asked(committed):
    """Paper of 120 buyers, checked and asked for; no worker has come yet."""
    with transaction() as session:
        round_id, group_id = make_round(session, now=utc_now()), make_group(session)
        rice = session.get_one(Product, make_product(session, name="ข้าวหอม"))
        offer_in_round(session, round_id, group_id, rice.id, capacity=1000)
        point = session.get_one(PickupPoint, make_point(session, name="ศาลาวัด"))
        make_lane(session, group_id, point.id)
        user = make_user(session)
        make_grant(session, user, Role.TAMBON_COORDINATOR, area="320502")
    browser = browser_of(committed, user)
    rows = [[f"คน {n}", f"08123{n:05d}", "ศาลาวัด", "ข้าวหอม", 2] for n in range(ORDERS)]
    import_id = send(browser, "orders", csv_text(HEADS, *rows).encode(), "x.csv", round=round_id)
    carry_out(browser, import_id)
    db.session.remove()
    assert _placed() == (0, "applying")
    return import_id


def _placed():
    with transaction() as session:
        orders = session.scalar(select(func.count()).select_from(Order))
        return orders, session.scalar(select(SheetImport.state))


def _run(app, import_id, failures):
    with app.app_context():
        try:
            work(import_id, store_of(app.extensions["market_config"]), utc_now)
        except Exception as failure:  # told by the test
            failures.append(failure)
        finally:
            db.session.remove()


def test_two_workers_at_once_place_every_order_once(committed, asked):
    failures: list[Exception] = []
    both = [threading.Thread(target=_run, args=(committed, asked, failures)) for _ in range(2)]
    for thread in both:
        thread.start()
    for thread in both:
        thread.join()
    _run(committed, asked, failures)  # the sweep, should one have stepped aside for the other

    assert failures == []
    assert _placed() == (ORDERS, "applied")
    with transaction() as session:
        held = session.scalar(text("SELECT sum(reserved_units) FROM round_offer"))
        assert held == 2 * ORDERS
        assert set(session.scalars(select(SheetRow.outcome))) == {"applied"}


KILLED = """
import sys
from market.clock import utc_now
from market.files import store_of
from market.imports.flows import work
from tests.factories.bare import bare_app
app = bare_app()
with app.app_context():
    print("go", flush=True)
    work(int(sys.argv[1]), store_of(app.extensions["market_config"]), utc_now)
"""


def test_a_worker_killed_in_the_middle_is_followed_by_another(committed, asked, settings):
    worker = subprocess.Popen(
        [sys.executable, "-c", KILLED, str(asked)], env=os.environ | dict(settings),
        stdout=subprocess.PIPE,
    )  # fmt: skip
    worker.stdout.readline()
    end = time.monotonic() + 60
    while _placed()[0] < 5 and time.monotonic() < end:
        time.sleep(0.01)
    worker.send_signal(signal.SIGKILL)
    worker.wait()
    worker.stdout.close()
    before, state = _placed()
    assert state == "applying"
    assert 5 <= before < ORDERS

    failures: list[Exception] = []
    _run(committed, asked, failures)

    assert failures == []
    assert _placed() == (ORDERS, "applied")
