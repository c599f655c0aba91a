"""Ringing is quick and never fails an order."""

import logging
import socket
import time

import redis
from flask import Flask

from config import Config
from market.doorbell import DEFAULT_QUEUE, MATCH_QUEUE, MATCH_ROUND, SEND_NOTICES, ring


def test_a_ring_reaches_the_queue_of_its_task(app: Flask, config: Config):
    with app.app_context():
        assert ring(SEND_NOTICES)
        assert ring(MATCH_ROUND, 7)

    with redis.Redis.from_url(config.redis_url) as broker:
        assert broker.llen(DEFAULT_QUEUE) == 1
        assert broker.llen(MATCH_QUEUE) == 1


def test_a_dead_broker_is_logged_and_costs_little_time(caplog):
    with socket.socket() as closed:  # bound but not listening: every connection is refused
        closed.bind(("127.0.0.1", 0))
        app = app_with_broker(f"redis://127.0.0.1:{closed.getsockname()[1]}/0")
        began = time.monotonic()
        with app.app_context(), caplog.at_level(logging.WARNING):
            assert not ring(MATCH_ROUND, 7)

    assert time.monotonic() - began < 1  # 0.1 s measured; 6 s without the transport options
    assert "matching.match_round(7,) not heard" in caplog.text


def app_with_broker(redis_url: str) -> Flask:
    """The little that `ring` needs of an application."""
    app = Flask(__name__)
    app.extensions["market_config"] = Config.from_env(
        {
            "DATABASE_URL": "postgresql://nowhere/market",
            "REDIS_URL": redis_url,
            "SECRET_KEY": "s" * 40,
            "PASSWORD_SALT": "s" * 40,
            "TOTP_SECRETS": "1:" + "s" * 40,
        }
    )
    return app
