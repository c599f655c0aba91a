"""Reminders: asked once, confirmed by guests, told once a round, stopped by a link."""

import re
import threading
from datetime import timedelta

import pytest
from sqlalchemy import func, select, text, update

from market.accounts.models import Buyer, User
from market.clock import utc_now
from market.db import transaction
from market.errors import NotFound, Refused
from market.notices.models import Notice
from market.rounds.models import Round
from market.rounds.rules import RoundState
from market.rounds.signals import reminding
from market.rounds.signals.calls import begin_calls, tell_next
from market.rounds.signals.models import Reminder, ReminderKey, ReminderTold, RoundCall
from market.rounds.signals.reminding import (
    confirm_reminders,
    forget_unconfirmed,
    remind_guest,
    remind_user,
    stop_by_key,
    stop_reminders,
)
from market.rounds.signals.rules import Owner, Reason, Target, Wish
from tests.factories.accounts import make_user
from tests.factories.catalogue import make_group, make_product
from tests.factories.rounds import make_round, offer_in_round
from tests.factories.shop import statements

NOW = utc_now()
LATER = NOW + timedelta(minutes=2)


def wants(product_id=None, *, group=None, category=None, units=None):
    """A wish; with units the round was full."""
    return Wish(
        target=Target(product_id=product_id, group_id=group, category=category),
        reason=Reason.FULL if units else Reason.OPENS,
        units=units,
    )


def shelf(session):
    """A draft round with one offer: (round, product, group)."""
    product, group = make_product(session), make_group(session)
    round_id = make_round(session, now=NOW, state=RoundState.DRAFT)
    offer_in_round(session, round_id, group, product)
    return round_id, product, group


def opens(session, round_id, now=LATER):
    """The round opens and everybody is told."""
    session.execute(update(Round).where(Round.id == round_id).values(state=RoundState.OPEN))
    begin_calls(session, now)
    while tell_next(session, now, most=2):
        pass


def notices(session, event="round.opened", channel="inapp"):
    """What was told, by its order."""
    session.expire_all()
    return session.scalars(
        select(Notice)
        .where(Notice.event == event, Notice.channel == channel)
        .order_by(Notice.user_id, Notice.id)
    ).all()


def test_a_person_hears_once_of_everything_of_theirs_in_the_round(session):
    round_id, product, group = shelf(session)
    other = make_product(session, category="cloth")
    user, stranger = make_user(session), make_user(session)
    for wish in (wants(product), wants(group=group), wants(category="rice"), wants()):
        remind_user(session, user.id, wish, now=NOW)
    for wish in (wants(other), wants(category="cloth"), wants(product, group=make_group(session))):
        remind_user(session, stranger.id, wish, now=NOW)

    opens(session, round_id)
    opens(session, round_id, LATER + timedelta(hours=1))

    (told,) = notices(session)
    assert told.user_id == user.id
    assert len(told.payload["names_th"]) == 3
    assert session.scalar(select(func.count(ReminderTold.reminder_id))) == 4


def test_every_round_is_told_until_it_is_stopped(session):
    round_id, product, _group = shelf(session)
    user = make_user(session)
    remind_user(session, user.id, wants(product), now=NOW)
    opens(session, round_id)
    second = make_round(session, now=NOW, state=RoundState.DRAFT)
    offer_in_round(session, second, make_group(session), product)
    opens(session, second)
    assert len(notices(session)) == 2

    assert stop_reminders(session, [Owner(user_id=user.id)], None, now=LATER) == 1
    assert stop_reminders(session, [Owner(user_id=user.id)], None, now=LATER) == 0
    third = make_round(session, now=NOW, state=RoundState.DRAFT)
    offer_in_round(session, third, make_group(session), product)
    opens(session, third)

    assert len(notices(session)) == 2


def test_a_name_on_the_waiting_list_is_told_in_the_next_round_only(session):
    round_id, product, _group = shelf(session)
    remind_user(session, make_user(session).id, wants(product, units=3), now=NOW)
    opens(session, round_id)
    second = make_round(session, now=NOW, state=RoundState.DRAFT)
    offer_in_round(session, second, make_group(session), product)
    opens(session, second)

    assert len(notices(session)) == 1
    assert session.scalars(select(Reminder)).one().ended_at == LATER


def test_a_reminder_made_while_the_round_is_open_waits_for_the_next_one(session):
    round_id, product, _group = shelf(session)
    opens(session, round_id)
    remind_user(session, make_user(session).id, wants(product), now=LATER + timedelta(minutes=5))

    opens(session, round_id, LATER + timedelta(minutes=9))

    assert notices(session) == []


def test_asked_twice_it_is_one_and_a_full_round_does_not_end_a_standing_wish(session):
    _round, product, _group = shelf(session)
    user = make_user(session)
    remind_user(session, user.id, wants(product), now=NOW)
    remind_user(session, user.id, wants(product, units=7), now=NOW)

    session.expire_all()
    row = session.scalars(select(Reminder)).one()
    assert (row.reason, row.units) == (Reason.OPENS, 7)


def test_a_guest_hears_nothing_before_the_address_said_yes(session):
    round_id, product, _group = shelf(session)
    remind_guest(session, "mali@market.example", wants(product), now=NOW)
    remind_guest(session, "mali@market.example", wants(), now=NOW)
    asked = notices(session, "reminder.confirm", "email")
    assert [letter.address for letter in asked] == ["mali@market.example"]
    assert session.scalar(select(func.count(Buyer.id))) == 1
    opens(session, round_id)
    assert notices(session) == []

    token = asked[0].payload["link"].rsplit("/", 1)[1]
    assert token not in session.scalars(select(ReminderKey.token_hash)).all()
    assert confirm_reminders(session, token, now=LATER) == 2
    second = make_round(session, now=NOW, state=RoundState.DRAFT)
    offer_in_round(session, second, make_group(session), product)
    opens(session, second, LATER + timedelta(minutes=3))

    (letter,) = notices(session, channel="email")
    assert letter.address == "mali@market.example"
    stop = letter.payload["stop_path"].rsplit("/", 1)[1]
    assert stop_by_key(session, stop, None, now=LATER) == 2


def test_a_link_opens_its_own_persons_reminders_only(session):
    _round, product, _group = shelf(session)
    one, two = make_user(session), make_user(session)
    remind_user(session, one.id, wants(product), now=NOW)
    remind_user(session, two.id, wants(product), now=NOW)
    others = session.scalars(select(Reminder.id).where(Reminder.user_id == two.id)).one()
    token = reminding.issue_key(session, Owner(user_id=one.id), NOW)

    assert stop_by_key(session, token, others, now=NOW) == 0
    for wrong in ("unknown", token[:-1]):
        with pytest.raises(NotFound):
            stop_by_key(session, wrong, None, now=NOW)
    with pytest.raises(NotFound):
        stop_by_key(session, token, None, now=NOW + timedelta(days=500))
    assert session.scalar(select(func.count()).where(Reminder.ended_at.is_(None))) == 2


def test_whoever_merely_types_an_address_changes_nothing_its_owner_decided(session):
    _round, product, _group = shelf(session)
    address = "mali@market.example"
    remind_guest(session, address, wants(product, units=3), now=NOW)
    owner = Owner(buyer_id=session.scalars(select(Reminder.buyer_id)).one())
    token = reminding.issue_key(session, owner, NOW)
    confirm_reminders(session, token, now=NOW)

    remind_guest(session, address, wants(product), now=LATER)  # somebody else
    session.expire_all()
    assert session.scalars(select(Reminder)).one().reason is Reason.FULL

    stop_by_key(session, token, None, now=LATER)
    remind_guest(session, address, wants(product), now=LATER)
    session.expire_all()
    row = session.scalars(select(Reminder)).one()
    assert (row.ended_at, row.confirmed_at) == (None, None)  # it asks again, and waits


def test_an_address_that_never_said_yes_is_forgotten(session):
    remind_guest(session, "mali@market.example", wants(), now=NOW)

    assert forget_unconfirmed(session, NOW + timedelta(days=6)) == 0
    assert forget_unconfirmed(session, NOW + timedelta(days=8)) == 1
    assert session.scalar(select(func.count(Reminder.id))) == 0


def test_too_many_reminders_are_refused_and_nothing_changes(session, monkeypatch):
    monkeypatch.setattr(reminding, "MOST_REMINDERS", 1)
    user = make_user(session)
    remind_user(session, user.id, wants(), now=NOW)

    with pytest.raises(Refused, match="too_many"):
        remind_user(session, user.id, wants(make_product(session)), now=NOW)
    with pytest.raises(NotFound):
        remind_user(session, make_user(session).id, wants(987654), now=NOW)

    assert session.scalar(select(func.count(Reminder.id))) == 1


def test_telling_many_takes_as_many_statements_as_telling_one(session):
    counts = []
    for people in (1, 20):
        round_id, product, _group = shelf(session)
        for _ in range(people):
            remind_user(session, make_user(session).id, wants(product), now=NOW)
        session.execute(update(Round).where(Round.id == round_id).values(state=RoundState.OPEN))
        begin_calls(session, LATER)
        with statements() as sent:
            assert tell_next(session, LATER)
        counts.append(len(sent))

    assert counts[0] == counts[1] <= 6


def test_two_workers_tell_everybody_once(committed):
    with transaction() as session:
        round_id, product, _group = shelf(session)
        for _ in range(40):
            remind_user(session, make_user(session).id, wants(product), now=NOW)
        session.execute(update(Round).where(Round.id == round_id).values(state=RoundState.OPEN))
        begin_calls(session, LATER)
    start = threading.Barrier(2)

    def work():
        with committed.app_context():
            start.wait()
            more = True
            while more:
                with transaction() as own:
                    more = tell_next(own, LATER, most=5)

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)

    with transaction() as session:
        assert len(notices(session)) == 40
        assert session.scalars(select(RoundCall.done_at)).one() == LATER
        assert session.scalar(select(func.count(User.id))) == 40


def page_of(client, path):
    """The page's text."""
    answer = client.get(path)
    return answer.status_code, answer.get_data(as_text=True)


def test_the_pages_lead_a_guest_from_the_bell_to_the_last_stop(session, client):
    _round, product, _group = shelf(session)
    status, html = page_of(client, f"/remind?product={product}")
    assert status == 200
    assert 'name="email"' in html

    bad = client.post("/remind", data={"product": product, "email": "not-an-address"})
    assert bad.status_code == 422
    assert "not-an-address" in bad.get_data(as_text=True)
    assert session.scalar(select(func.count(Reminder.id))) == 0

    sent = client.post("/remind", data={"product": product, "email": "Mali@market.example"})
    assert sent.status_code == 200
    link = notices(session, "reminder.confirm")[0].payload["link"]
    for _ in range(2):  # link previews look too
        assert client.get(link).status_code == 200
    assert session.scalars(select(Reminder.confirmed_at)).one() is None

    assert client.post(f"{link}/yes").status_code == 303
    session.expire_all()
    assert session.scalars(select(Reminder.confirmed_at)).one() is not None
    one_click = client.post(f"{link}/stop", data={"List-Unsubscribe": "One-Click"})
    assert one_click.status_code == 303
    session.expire_all()
    assert session.scalars(select(Reminder.ended_at)).one() is not None
    assert client.get("/reminders/mail/guessed").status_code == 410
    assert client.get("/remind?product=999999999").status_code == 404


def test_the_digest_reads_as_a_letter_that_stops_with_one_tap(session, app):
    from market.notices.gateway import compose
    from market.notices.rules import ClaimedNotice
    from market.notices.words import render_letter

    round_id, product, _group = shelf(session)
    remind_user(session, make_user(session).id, wants(product), now=NOW)
    opens(session, round_id)
    (told,) = notices(session, channel="email")
    claimed = ClaimedNotice(told.id, told.address, "th", told.event, told.payload, 1)
    with app.test_request_context():
        message = compose(render_letter(claimed), "market@talad.example")

    body = message.get_body(("plain",)).get_content()
    assert re.search(r"/reminders/mail/\S+", body)
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert re.fullmatch(r"<http.+/reminders/mail/[^/]+/stop>", message["List-Unsubscribe"])
    assert session.execute(text("SELECT count(*) FROM audit_event")).scalar() == 1
