"""Terminal: `flask audit` checks what must always hold; exit 1 and a list where it does not."""

from __future__ import annotations

import json
from dataclasses import asdict

import click

from market.db import reading
from market.overviews.audit.queries import CHECKS, broken_promises


@click.command("audit")
@click.option("--json", "as_json", is_flag=True, help="One JSON object instead of words.")
def audit(as_json: bool) -> None:
    """Check the promises of docs/architecture.md on the live database."""
    with reading() as session:
        broken = broken_promises(session)
    if as_json:
        click.echo(json.dumps({"checks": len(CHECKS), "broken": [asdict(b) for b in broken]}))
    else:
        for promise in broken:
            click.echo(f"BROKEN: {promise.check}: {promise.count} ({', '.join(promise.examples)})")
        click.echo(f"{len(CHECKS)} checks, {len(broken)} broken")
    raise SystemExit(1 if broken else 0)
