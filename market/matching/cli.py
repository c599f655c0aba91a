"""`flask match`: run a round's match, replay a stored one, solve a file."""

from __future__ import annotations

import json
import sys

import click
from flask import Flask, current_app
from flask.cli import AppGroup

from market.clock import utc_now
from market.db import reading
from market.matching.queries import find_round_id, get_stored_run
from market.matching.queries.simulations import get_stored_simulation

group = AppGroup("match", help="Match rounds, replay stored runs, solve instance files.")


def init_app(app: Flask) -> None:
    """Add the commands to `flask`."""
    app.cli.add_command(group)


@group.command("run")
@click.argument("number", type=int)
def run(number: int) -> None:
    """Match the closed round NUMBER now, as the worker would."""
    from market.matching import flows  # loads the solver, which the web process must not

    with reading() as session:
        round_id = find_round_id(session, number)
    if round_id is None:
        sys.exit(f"There is no round {number}.")
    params = flows.params_for(current_app.extensions["market_config"].match_gap)
    if not flows.match_round(round_id, now=utc_now(), params=params):
        sys.exit(f"Round {number} is not closed, is being matched already, or gave no plan.")
    click.echo(f"Round {number} is matched.")


@group.command("replay")
@click.argument("run_id", type=int)
@click.option("--what-if", is_flag=True, help="RUN_ID is the number of a what-if.")
def replay(run_id: int, what_if: bool) -> None:
    """Solve the stored problem of RUN_ID again and compare the plans byte by byte."""
    from market.matching.replay import replay_run

    read = get_stored_simulation if what_if else get_stored_run
    with reading() as session:
        stored = read(session, run_id)
    outcome = replay_run(stored)
    click.echo(json.dumps(outcome.words(), sort_keys=True))
    if not outcome.same:
        sys.exit(1)


@group.command("solve", context_settings={"ignore_unknown_options": True})
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def solve(arguments: tuple[str, ...]) -> None:
    """Solve an instance file: INSTANCE --mode final --out PLAN, as `python -m market.matching`."""
    from market.matching.__main__ import main

    sys.exit(main(list(arguments)))
