"""For operators: is the process alive, can it do its work, what has it done."""

from __future__ import annotations

import hmac
from typing import Any

import redis
from flask import Blueprint, Response, current_app, jsonify, request
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from market.db import reading
from market.errors import NotFound

bp = Blueprint("health", __name__)


@bp.get("/healthz")
def healthz() -> Response:
    """The process answers. Asks nobody else."""
    return jsonify(status="ok")


@bp.get("/readyz")
def readyz() -> tuple[Response, int]:
    """Database (with Thai trigrams) and broker answer, and the schema is there."""
    parts = {"database": _database(), "broker": _broker()}
    good = all(word == "ok" for word in parts.values())
    return jsonify(status="ok" if good else "not ready", **parts), 200 if good else 503


@bp.get("/metrics")
def metrics() -> Response:
    """Prometheus text, for whoever shows the token of the settings.

    To everybody else it is not there, and in development it is open.
    """
    if not _may_collect():
        raise NotFound("not_found")
    return Response(generate_latest(), content_type=CONTENT_TYPE_LATEST)


def _may_collect() -> bool:
    config = current_app.extensions["market_config"]
    if config.metrics_token is None:
        return bool(config.is_development)
    shown = request.headers.get("Authorization", "")
    return hmac.compare_digest(shown.encode(), f"Bearer {config.metrics_token}".encode())


def _database() -> str:
    try:
        with reading() as session:
            grams: list[Any] = session.execute(text("SELECT show_trgm('กข')")).scalar_one()
            session.execute(text("SELECT 1 FROM alembic_version")).scalar_one()
    except SQLAlchemyError as error:
        current_app.logger.warning("readyz: database: %s", error)
        return "does not answer, or is not migrated: run `flask db upgrade`"
    if not grams:
        return "has no Thai trigrams: create it with LC_CTYPE 'C.UTF-8' from template0"
    return "ok"


def _broker() -> str:
    client = redis.Redis.from_url(
        current_app.extensions["market_config"].redis_url, socket_timeout=1
    )
    try:
        client.ping()
    except redis.RedisError as error:
        current_app.logger.warning("readyz: broker: %s", error)
        return "does not answer: orders work, background work waits"
    finally:
        client.close()
    return "ok"
