"""Rate limits: by account and by address, and a dead Redis is no reason to fail."""

from tests.factories.accounts import PASSWORD, make_user
from tests.factories.apps import another_app


def post(client, identity, address="10.0.0.1"):
    """One wrong try."""
    return client.post(
        "/sign-in",
        data={"identity": identity, "passcode": "wrong-password"},
        environ_overrides={"REMOTE_ADDR": address},
    ).status_code


def test_an_account_is_guessed_at_ten_times_a_minute_from_wherever(session, client):
    make_user(session, email="malee@market.example", password=PASSWORD)

    tries = [post(client, "malee@market.example", f"10.0.0.{n}") for n in range(11)]

    assert tries == [200] * 10 + [429]
    assert post(client, "MALEE@market.example ", "10.0.1.1") == 429
    assert post(client, "other@market.example", "10.0.1.1") == 200


def test_an_address_tries_ten_accounts_a_minute_and_successes_do_not_count(session, client):
    make_user(session, email="malee@market.example", password=PASSWORD)
    for _ in range(5):
        good = client.post(
            "/sign-in",
            data={"identity": "malee@market.example", "passcode": PASSWORD},
            environ_overrides={"REMOTE_ADDR": "10.0.0.1"},
        )
        assert good.status_code == 302
        client.post("/sign-out")

    tries = [post(client, f"person{n}@market.example") for n in range(11)]

    assert tries == [200] * 10 + [429]
    assert post(client, "person@market.example", "10.0.0.2") == 200


def test_codes_are_sent_five_times_in_ten_minutes(session, client):
    make_user(session, email="malee@market.example")

    answers = [
        client.post("/sign-in/code", data={"identity": "malee@market.example"}).status_code
        for _ in range(6)
    ]

    assert answers == [200] * 5 + [429]


def test_too_many_tries_are_refused_with_a_page(session, client):
    for n in range(11):
        answer = client.post("/sign-in", data={"identity": "a@b.example", "passcode": str(n)})

    assert answer.status_code == 429
    assert "<h1" in answer.get_data(as_text=True)


def test_with_a_dead_redis_people_still_sign_in_and_are_still_limited(config, app):
    with another_app(app, config, redis_url="redis://127.0.0.1:1/0") as dead:
        client = dead.test_client()
        tries = [post(client, "malee@market.example") for _ in range(12)]

    assert tries[:10] == [200] * 10
    assert set(tries) == {200, 429}
