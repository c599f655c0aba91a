"""The coordinator's way through a what-if: the form, two plans side by side, taking over."""

from __future__ import annotations

import gzip

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from market.accounts.rules import Role
from market.clock import utc_now
from market.matching.flows import match_round
from market.matching.models import MatchRun
from market.matching.rules import RunState, SimulationState
from market.matching.whatif.flows import simulate
from market.matching.whatif.models import MatchPin, Simulation
from market.rounds.models import Round
from market.rounds.rules import RoundState
from tests.factories.matching import (
    make_group,
    make_live_round,
    make_offer,
    make_order,
    make_product,
)
from tests.factories.shop import statements
from tests.matching.test_views import sign_in

pytestmark = pytest.mark.usefixtures("app")
#: What a page other than home may weigh, less fonts, styles and scripts.
PAGE_BYTES = 20_000


class Matched:
    """A matched round with two groups that share 100 bags, and marketing signed in."""

    def __init__(self, session: Session, client: FlaskClient) -> None:
        self.round, self.product = make_live_round(session), make_product(session)
        self.groups = [make_group(session), make_group(session)]
        self.offers = [
            make_offer(session, self.round, group, self.product) for group in self.groups
        ]
        for _ in range(2):
            make_order(session, self.round, self.product, 50)
        assert match_round(self.round.id, now=utc_now())
        sign_in(session, client, Role.MARKETING, "")
        self.path = f"/rounds/{self.round.id}/match"

    def data(self, **typed: str) -> dict[str, str]:
        """The form as sent: fields of the first offer by their names without its id."""
        first, group = self.offers[0].id, self.groups[0].id
        ids = {"weight": group, "reason": None}
        named = {
            name if name == "reason" else f"{name}-{ids.get(name, first)}": value
            for name, value in typed.items()
        }
        return {"product": str(self.product.id), **named}


def test_the_form_shows_what_is_and_asks_nobody(session: Session, client: FlaskClient) -> None:
    matched = Matched(session, client)

    form = client.get(f"{matched.path}/try").text

    assert form.count("<h1") == 1
    assert form.count('class="try-row"') == 2
    assert f'name="capacity-{matched.offers[0].id}" type="text" value="100"' in form
    assert session.scalar(select(func.count()).select_from(Simulation)) == 0


@pytest.mark.parametrize("number", ["9" * 25, "-1", "x", "9" * 5000])
@pytest.mark.parametrize(
    "page", ["?product={}", "/short?product={}", "/short?from={}", "/groups?from={}",
             "/try?product={}", "/try?like={}"],
)  # fmt: skip
def test_a_number_no_row_can_have_is_as_good_as_none(
    session: Session, client: FlaskClient, page: str, number: str
) -> None:
    assert client.get(Matched(session, client).path + page.format(number)).status_code == 200


def test_a_group_is_found_by_its_name(session: Session, client: FlaskClient) -> None:
    matched = Matched(session, client)
    matched.groups[0].search = "มะพร้าวอ่อน"
    session.commit()

    found = client.get(f"{matched.path}/try?find=มะพร้าว").text
    none = client.get(f"{matched.path}/try?find=ไม่มีชื่อนี้").text

    assert found.count('class="try-row"') == 1
    assert none.count('class="try-row"') == 0


def test_two_plans_stand_side_by_side_and_taking_over_pins(
    session: Session, client: FlaskClient
) -> None:
    matched = Matched(session, client)

    sent = client.post(
        f"{matched.path}/try", data=matched.data(low="๘๐", capacity="90", reason="กลุ่มใหม่")
    )
    assert sent.status_code == 303
    waiting = client.get(sent.location).text
    assert 'http-equiv="refresh"' in waiting
    trial = session.scalars(select(Simulation)).one()
    assert simulate(trial.id, now=utc_now())
    done = client.get(sent.location).text

    assert 'http-equiv="refresh"' not in done
    assert "อย่างน้อย 80 ถุง" in done
    assert "ทำได้ 90 ถุง (เดิม 100)" in done
    assert "ได้มากขึ้น 1 กลุ่ม น้อยลง 1 กลุ่ม เท่าเดิม 0 กลุ่ม" in done
    assert f"/match/tries/{trial.id}" in client.get(matched.path).text
    again = client.get(f"{matched.path}/try?like={trial.id}").text
    assert f'name="low-{matched.offers[0].id}" type="text" value="80"' in again
    used = client.post(f"{matched.path}/tries/{trial.id}/use")
    assert used.status_code == 303
    assert session.scalars(select(MatchPin.low_units)).all() == [80]
    assert session.get_one(Round, matched.round.id, populate_existing=True).state is (
        RoundState.CLOSED
    )
    assert "/match/unpin" in client.get(matched.path).text  # also while no match stands
    assert match_round(matched.round.id, now=utc_now())
    shown = client.get(matched.path).text
    assert "อย่างน้อย 80 ถุง" in shown
    assert "กลุ่มใหม่" in shown
    assert client.post(f"{matched.path}/unpin").status_code == 303
    assert session.scalar(select(func.count()).select_from(MatchPin)) == 0


def test_another_try_starts_from_the_first_and_takes_back_what_is_as_before(
    session: Session, client: FlaskClient
) -> None:
    matched = Matched(session, client)
    client.post(f"{matched.path}/try", data=matched.data(capacity="90"))
    first = session.scalars(select(Simulation.id)).one()

    client.post(
        f"{matched.path}/try",
        data=matched.data(capacity="100", weight="150", reason="x") | {"like": str(first)},
    )

    second = session.scalars(select(Simulation).where(Simulation.id != first)).one()
    assert second.changes["offers"] == []
    assert second.changes["groups"] == [{"group_id": matched.groups[0].id, "percent": 150}]


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({}, "เปลี่ยนตัวเลขอย่างน้อยหนึ่งช่องก่อน"),
        ({"low": "80"}, "เขียนเหตุผลที่กำหนดจำนวน"),
        ({"low": "80", "high": "20", "reason": "x"}, "มากกว่าไม่เกิน"),
        ({"low": "101", "reason": "x"}, "มากกว่าที่กลุ่มทำได้"),
        ({"answer": "part", "part": "90"}, "ทำบางส่วนต้องน้อยกว่า"),
    ],
)
def test_what_makes_no_sense_comes_back_with_a_sentence(
    session: Session, client: FlaskClient, typed: dict[str, str], words: str
) -> None:
    matched = Matched(session, client)

    sent = client.post(f"{matched.path}/try", data=matched.data(**typed))

    assert sent.status_code == 422
    assert words in sent.text
    assert sent.text.count("<h1") == 1
    assert session.scalar(select(func.count()).select_from(Simulation)) == 0


@pytest.mark.parametrize("typed", ["-1", "1.5", "🙂", "9" * 12, "<b>"])
def test_a_wrong_number_is_told_at_its_field(
    session: Session, client: FlaskClient, typed: str
) -> None:
    matched = Matched(session, client)

    sent = client.post(f"{matched.path}/try", data=matched.data(capacity=typed))

    assert sent.status_code == 422
    assert f'id="f-capacity-{matched.offers[0].id}-error"' in sent.text
    assert '"<b>"' not in sent.text


def test_pins_nobody_can_keep_leave_a_page_with_a_way_on(
    session: Session, client: FlaskClient
) -> None:
    matched = Matched(session, client)
    low = {f"low-{offer.id}": "80" for offer in matched.offers}
    client.post(f"{matched.path}/try", data=matched.data(reason="x") | low)
    trial = session.scalars(select(Simulation)).one()
    assert not simulate(trial.id, now=utc_now())

    shown = client.get(f"{matched.path}/tries/{trial.id}").text

    assert session.get_one(Simulation, trial.id, populate_existing=True).state is (
        SimulationState.FAILED
    )
    assert "ไม่มีแผนที่ทำตามได้ทุกข้อ" in shown
    assert f"try?like={trial.id}" in shown
    assert client.post(f"{matched.path}/tries/{trial.id}/use").status_code == 409
    assert session.scalar(select(func.count()).select_from(MatchPin)) == 0


def test_without_a_match_the_form_leads_back(session: Session, client: FlaskClient) -> None:
    round_ = make_live_round(session)
    sign_in(session, client, Role.MARKETING, "")

    assert client.get(f"/rounds/{round_.id}/match/try").location == f"/rounds/{round_.id}/match"


def test_a_try_of_many_groups_is_light_and_asks_no_more_of_the_database(
    session: Session, client: FlaskClient
) -> None:
    sign_in(session, client, Role.MARKETING, "")
    counts = []
    for size in (2, 40):
        round_, product = make_live_round(session), make_product(session)
        offers = [
            make_offer(session, round_, make_group(session), product, capacity=20)
            for _ in range(size)
        ]
        for _ in range(size):
            make_order(session, round_, product, 15)
        assert match_round(round_.id, now=utc_now())
        path = f"/rounds/{round_.id}/match"
        data = {"product": str(product.id)} | {f"capacity-{o.id}": "10" for o in offers}
        sent = client.post(f"{path}/try", data=data)
        trial_id = int(sent.location.rsplit("/", 1)[1])
        assert simulate(trial_id, now=utc_now())
        with statements() as asked:
            pages = [client.get(p) for p in (path, f"{path}/try", sent.location)]
        counts.append(len(asked))
        assert all(len(gzip.compress(page.data)) < PAGE_BYTES for page in pages)

    assert counts[0] == counts[1]
    solved = select(func.count()).select_from(MatchRun).where(MatchRun.state == RunState.SOLVED)
    assert session.scalar(solved) == 2
