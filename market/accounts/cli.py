"""Terminal commands about people: accounts, rights, signed links."""

from __future__ import annotations

import secrets

import click
from flask import Flask
from flask.cli import AppGroup
from flask_security.utils import hash_password

from market.accounts.commands import add_user, grant, revoke, revoke_links
from market.accounts.queries import get_user_id
from market.accounts.rules import NewGrant, Role
from market.clock import utc_now
from market.db import transaction
from market.errors import MarketError
from market.web import sentence

ACTOR = "terminal"
people = AppGroup("account", help="Accounts and their rights.")
links = AppGroup("link", help="Signed links.")
_place = (
    click.option("--area", help="Code of a province, amphoe or tambon; '' is the country."),
    click.option("--group", type=int, help="Id of a producer group."),
)


def init_app(app: Flask) -> None:
    """Add the groups ``account`` and ``link``."""
    app.cli.add_command(people)
    app.cli.add_command(links)


@people.command("add")
@click.argument("email")
@click.option("--name", prompt=True)
@click.password_option()
def add(email: str, name: str, password: str) -> None:
    """Make an account whose e-mail is taken as confirmed."""
    with _said(), transaction() as session:
        user_id = add_user(
            session, email=email, name=name, password_hash=hash_password(password),
            uniquifier=secrets.token_hex(16), actor=ACTOR, now=utc_now(),
        )  # fmt: skip
    click.echo(f"user:{user_id}")


@people.command("grant")
@click.argument("email")
@click.argument("role", type=click.Choice([role.value for role in Role]))
@_place[0]
@_place[1]
def give(email: str, role: str, area: str | None, group: int | None) -> None:
    """Give a right in an area or in a group."""
    with _said(), transaction() as session:
        right = NewGrant(Role(role), area_code=area, group_id=group)
        grant(session, get_user_id(session, email), right, actor=ACTOR, now=utc_now())


@people.command("revoke")
@click.argument("email")
@click.argument("role", type=click.Choice([role.value for role in Role]))
@_place[0]
@_place[1]
def take(email: str, role: str, area: str | None, group: int | None) -> None:
    """Take a right back."""
    with _said(), transaction() as session:
        right = NewGrant(Role(role), area_code=area, group_id=group)
        revoke(session, get_user_id(session, email), right, actor=ACTOR, now=utc_now())


@links.command("revoke")
@click.option("--group", type=int, help="Every link of this producer group...")
@click.option("--round", "round_id", type=int, help="...in this round only.")
@click.option("--order", type=int, help="Every link of this order.")
def end(group: int | None, round_id: int | None, order: int | None) -> None:
    """End signed links at once, for example when a phone was lost."""
    with _said(), transaction() as session:
        ended = revoke_links(
            session, actor=ACTOR, now=utc_now(), group_id=group, round_id=round_id, order_id=order
        )
    click.echo(f"{ended} links ended")


class _said:
    """Turns a refusal into one line and exit code 1."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, _kind: object, error: object, _trace: object) -> None:
        if isinstance(error, MarketError):
            raise click.ClickException(sentence(error)) from error
