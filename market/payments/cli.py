"""`flask money`: compare the books with the payment provider's."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import click
from flask import Flask, current_app
from flask.cli import AppGroup

from market.clock import utc_now
from market.db import reading
from market.errors import MarketError
from market.payments.gateway import provider_for
from market.payments.queries.cases import open_cases
from market.payments.reconcile_flows import reconcile as compare

group = AppGroup("money", help="Compare the books with the payment provider's.")


def init_app(app: Flask) -> None:
    """Add the commands to `flask`."""
    app.cli.add_command(group)


@group.command("reconcile")
@click.option("--since", type=click.DateTime(), help="From this moment (UTC), not the last time.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object instead of words.")
def reconcile(since: datetime | None, as_json: bool) -> None:
    """Look at everything of the provider since the last time: heal what is certain, show the
    rest. Exit 1 while a case is open, 2 where there is no provider or it does not answer.
    """
    provider = provider_for(current_app.extensions["market_config"])
    if provider is None:
        raise SystemExit(_say("No provider: STRIPE_SECRET_KEY is not set."))
    try:
        report = compare(
            provider, now=utc_now(), since=since.replace(tzinfo=UTC) if since else None
        )
    except MarketError as failure:
        raise SystemExit(_say(f"The provider does not answer: {failure.data}")) from failure
    with reading() as session:
        cases = open_cases(session)
    _tell(vars(report) | {"open": [vars(case) for case in cases]}, as_json)
    raise SystemExit(1 if cases else 0)


def _say(words: str) -> int:
    click.echo(words, err=True)
    return 2


def _tell(report: dict[str, Any], as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(report, default=str))
        return
    click.echo(
        f"looked at {report['looked_at']}, healed {report['healed']},"
        f" {report['cases']} new cases, {len(report['open'])} open"
    )
    for case in report["open"]:
        click.echo(f"{case['kind']} {case['subject']} {case['amount_satang']} satang")
