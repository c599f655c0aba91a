"""One round through HTTP, as all three people, with the worker's tasks run by hand."""

import json
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text

from market.clock import utc_now
from market.db import reading, transaction
from market.overviews.audit.queries import broken_promises
from tests.stories.visitor import InProcess, Visitor
from tests.stories.world import PASSWORD, World, make_world


@pytest.fixture
def here(committed: Flask, csrf: None) -> World:
    """The story's world, committed; form tokens are checked as in production."""
    with transaction() as session:
        return make_world(session)


@pytest.fixture
def sweep(celery: Any) -> Any:
    """Let the worker do everything that is due, as the beat would."""
    from workers import fulfilment, matching, notices, payments, rounds

    tasks = (
        rounds.sweep_rounds, matching.sweep, matching.sweep_answers, payments.sweep_payments,
        fulfilment.sweep_fulfilment, notices.sweep_notices,
    )  # fmt: skip

    def run() -> None:
        for task in tasks:
            task()

    return run


def person(app: Flask, email: str | None = None) -> Visitor:
    """A visitor, signed in where an e-mail is given."""
    visitor = Visitor(InProcess(app))
    return visitor.sign_in(email, PASSWORD) if email else visitor


def order(guest: Visitor, here: World, units: str) -> str:
    """The guest orders rice from the first group, to the point; returns the order's number."""
    guest.go(f"/goods/{here.product_code}")
    guest.send("/cart/lines", units=units, maker="first", group_id=str(here.first_group_id))
    guest.go(f"/checkout/{here.round_id}?point={here.point_id}")
    guest.send(
        f"/checkout/{here.round_id}", name="สมศรี ใจดี", phone="๐๘๑-๒๓๔-๕๖๗๘",
        email="somsri@talad.example",
    )  # fmt: skip
    return guest.path.rsplit("/", 1)[1]


def letter_link(app: Flask, address: str) -> str:
    """The path of the signed link in the newest letter to somebody."""
    folder: Path = app.extensions["market_config"].market_home / "mail"
    letters = sorted(folder.glob("*.eml"), key=lambda file: file.stat().st_mtime_ns)
    from email import message_from_bytes
    from email.policy import default

    for file in reversed(letters):
        letter = message_from_bytes(file.read_bytes(), policy=default)
        if address in letter["To"]:
            body = letter.get_body(("plain",))
            assert body is not None
            found = re.search(r"/l/\S+", body.get_content())
            assert found, body.get_content()
            return found.group()
    raise AssertionError(f"no letter to {address}: {len(letters)} letters")


def state(here: World) -> str:
    """Where the round stands."""
    with transaction() as session:
        found = session.scalar(
            text("SELECT state FROM round WHERE id = :id"), {"id": here.round_id}
        )
    return str(found)


def match(here: World) -> None:
    """What the doorbell would start."""
    from workers.matching import match_round

    match_round(here.round_id)


def test_a_round_through_the_eyes_of_three_people(here, committed, sweep):
    guest = person(committed)
    number = order(guest, here, "30")
    assert "30" in guest.text

    coordinator = person(committed, "coordinator@talad.example")
    coordinator.go(f"/rounds/{here.round_id}").send("/close", reason="ลองรอบแรก")
    match(here)
    coordinator.go(f"/rounds/{here.round_id}/match").send("/publish")
    assert state(here) == "confirming"
    sweep()

    # The leader's link opens the question itself without a password: she makes twenty of thirty.
    leader = person(committed)
    leader.go(letter_link(committed, "first@talad.example"))
    question = leader.path
    leader.send("/answer", answer="part", units="๒๐", reason="rain")
    leader.go(question)
    assert "20" in leader.text

    # The rest is matched again with the other group; the coordinator answers for it by phone.
    sweep()
    match(here)
    sweep()
    coordinator.go(f"/rounds/{here.round_id}/match").send("/publish")
    coordinator.go(f"/board/{here.round_id}")
    coordinator.go(coordinator.link("/calls/"))  # whom to call, and what to say
    coordinator.go(coordinator.link("/asks/"))
    coordinator.send("/answer-for", 422, answer="all", note="")  # without a call note: refused
    coordinator.send("/answer-for", answer="all", note="โทรคุยแล้ว ทำได้")
    sweep()
    assert state(here) == "paying"

    # Twenty at 70 baht and ten at 75, nothing for the delivery.
    guest.go(f"/pay/{number}")
    assert "฿2,150" in guest.text
    treasurer = person(committed, "treasurer@talad.example")
    treasurer.go(f"/money/{here.round_id}")
    treasurer.send("/receipts", 422, bank_reference="KB-0001", amount="2149")
    treasurer.go(f"/money/{here.round_id}")
    treasurer.send("/receipts", bank_reference="KB-0001", amount="2150")
    sweep()
    assert state(here) == "producing"

    for name in ("first", "second"):
        make_everything(person(committed, f"{name}@talad.example"))
    desk = f"/points/{here.point_id}/desk"
    coordinator.go(desk).send("/arrive")
    guest.go(f"/orders/{number}")
    code = "".join(re.findall(r"\d", re.search(r"\d{3}\s?\d{3}", guest.text).group()))
    coordinator.go(f"{desk}?code={code}").send("/receive")
    sweep()

    treasurer.go(f"/money/{here.round_id}")
    for reference in ("OUT1", "OUT2"):
        treasurer.send("/payouts", bank_reference=reference)
    sweep()
    assert state(here) == "completed"
    guest.go(f"/orders/{number}")
    with reading() as session:
        assert broken_promises(session) == ()
        paid = session.scalar(text("SELECT sum(amount_satang) FROM payout WHERE state = 'paid'"))
        assert paid == 215000


def make_everything(leader: Visitor) -> None:
    """Every step of the checklist in its order, then handed over, batch after batch."""
    today = leader.path
    for batch in leader.links_to("/batches/"):
        for step in ("/steps/ingredients", "/made", "/steps/own_use", "/steps/labelled", "/packed"):
            leader.go(batch).send(step)
        leader.go(f"{batch}/hand-over").send("/handed-over")
    leader.go(today)


def test_a_played_round_leaves_nothing_for_the_audit(committed):
    from market.matching.flows import match_round
    from market.overviews.play.past import play_past
    from market.overviews.sample import load_sample_if_empty

    with transaction() as session:
        load_sample_if_empty(session, past=[(5, 60)])
    play_past(match=lambda round_id, now: match_round(round_id, now=now), now=utc_now())
    with reading() as session:
        assert session.scalar(text("SELECT buyers FROM round_figure WHERE area_code = ''"))
        old = session.scalars(text("SELECT DISTINCT state FROM notice WHERE created_at < :now"),
                              {"now": utc_now() - timedelta(days=2)}).all()  # fmt: skip
        assert set(old) == {"sent", "skipped"}
    runner = committed.test_cli_runner()
    played = runner.invoke(args=["round", "play", "--orders", "80", "--seed", "7", "--json"])
    assert played.exit_code == 0, played.output
    numbers = json.loads(played.output.strip().splitlines()[-1])
    assert numbers["state"] == "completed"
    assert numbers["delivered_units"] > 0
    assert numbers["charged_satang"] >= numbers["paid_out_satang"] > 0

    audit = runner.invoke(args=["audit", "--json"])
    assert audit.exit_code == 0, audit.output
    assert json.loads(audit.output)["broken"] == []


def test_the_audit_sees_what_a_hand_written_update_broke(committed):
    with transaction() as session:
        here = make_world(session)
        session.execute(
            text("UPDATE round_offer SET reserved_units = 7 WHERE round_id = :id"),
            {"id": here.round_id},
        )
    audit = committed.test_cli_runner().invoke(args=["audit"])
    assert audit.exit_code == 1
    assert "reserved units are the sum of the reservations: 2" in audit.output


def test_nobody_plays_in_production(committed, monkeypatch):
    import dataclasses

    config = committed.extensions["market_config"]
    live = dataclasses.replace(config, environment="production")
    monkeypatch.setitem(committed.extensions, "market_config", live)
    played = committed.test_cli_runner().invoke(args=["round", "play", "--orders", "1"])
    assert played.exit_code == 1
    assert "may not trade in production" in played.output
