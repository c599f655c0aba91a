"""Terminal: `flask round play` plays a whole round with simulated people."""

from __future__ import annotations

import json
import time
from dataclasses import asdict

import click
from flask import current_app
from flask.cli import AppGroup

from market.clock import utc_now

rounds = AppGroup("round", help="Rounds from the terminal.")


@rounds.command("play")
@click.option("--orders", default=100, type=click.IntRange(1, 100_000), show_default=True)
@click.option("--seed", default=1, show_default=True, help="The same seed plays the same round.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object instead of words.")
def play(orders: int, seed: int, as_json: bool) -> None:
    """Open a sample round, order, match, confirm, pay, make, deliver and pay out."""
    if not current_app.extensions["market_config"].is_development:
        raise click.ClickException("Simulated people may not trade in production.")
    from market.matching.flows import match_round  # loads the solver
    from market.overviews.play.flows import play_round

    started = time.perf_counter()
    played = play_round(
        orders, seed, match=lambda round_id, now: match_round(round_id, now=now), now=utc_now()
    )
    numbers = asdict(played.report) | {
        "refused_orders": played.refused_orders,
        "seconds": round(time.perf_counter() - started, 1),
    }
    if as_json:
        click.echo(json.dumps(numbers))
    else:
        click.echo("\n".join(f"{key:18} {value}" for key, value in numbers.items()))
    if played.report.state != "completed":
        raise click.ClickException(f"The round stopped in state {played.report.state}.")
