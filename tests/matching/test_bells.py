"""What a sweep of answers rings for: whose goods are sure does not wait for the next minute."""

from __future__ import annotations

import json
from typing import Any

import redis
from flask import Flask

from config import Config
from market.db import transaction
from market.doorbell import DEFAULT_QUEUE, SEND_NOTICES, SWEEP_ANSWERS, SWEEP_PAYMENTS
from market.matching.rules import Answer
from market.rounds.models import Round
from market.rounds.rules import RoundState
from tests.factories.matching import make_order
from tests.matching.test_answers import ask_of, one_group_round, publish, reply


def swept(celery: Any, config: Config) -> set[str]:
    """Sweep; what it rang for."""
    with redis.Redis.from_url(config.redis_url) as broker:
        broker.flushdb()
        celery.tasks[SWEEP_ANSWERS].run()
        bells = [json.loads(bell) for bell in broker.lrange(DEFAULT_QUEUE, 0, -1)]
    return {bell["headers"]["task"] for bell in bells}


def test_settled_answers_ring_for_the_charges(
    committed: Flask, celery: Any, config: Config
) -> None:
    assert swept(celery, config) == {SEND_NOTICES}  # nothing is due
    with transaction() as session:
        round_, product, group = one_group_round(session)
        make_order(session, round_, product, 40)
        round_id = round_.id
    with transaction() as session:
        publish(session, session.get_one(Round, round_id))
        reply(session, ask_of(session, group), Answer.ALL)

    assert swept(celery, config) == {SEND_NOTICES, SWEEP_PAYMENTS}

    with transaction() as session:
        assert session.get_one(Round, round_id).state is RoundState.PAYING
