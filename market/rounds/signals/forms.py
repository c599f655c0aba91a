"""What somebody asks to be reminded of, from a link or a form."""

from __future__ import annotations

import re
from collections.abc import Mapping

from email_validator import EmailNotValidError, validate_email
from flask import current_app, session

from market.errors import Refused
from market.intake import row_number
from market.rounds.signals.rules import EMAIL_LENGTH, MOST_UNITS, Reason, Target, Wish
from market.thai import whole_number

_KEY = re.compile(r"[a-z0-9_-]{1,40}")


def target_from(values: Mapping[str, str]) -> Target:
    """The thing named; numbers that no row has name nothing. A product goes before a kind."""
    product, group = _row(values.get("product")), _row(values.get("group"))
    named = _KEY.fullmatch(values.get("category", ""))
    category = named.group() if named and not (product or group) else None
    return Target(product_id=product, group_id=group, category=category)


def wish_from(values: Mapping[str, str]) -> Wish:
    """Target, reason and units, with the province where this browser knows it. Raises Refused."""
    target = target_from(values)
    full = bool(values.get("full")) and target.product_id is not None
    units = whole_number(values.get("units") or "1", low=1, high=MOST_UNITS) if full else None
    near = session.get("near") or {}
    province = near.get("province") if isinstance(near, dict) else None
    return Wish(
        target=target,
        reason=Reason.FULL if full else Reason.OPENS,
        units=units,
        province=province,
    )


def row_from(values: Mapping[str, str]) -> int | None:
    """The one reminder that a button means; None: all."""
    return _row(values.get("reminder"))


def email_from(typed: str) -> str:
    """An address that mail could reach, in lower case. Raises Refused."""
    if len(typed) > EMAIL_LENGTH:
        raise Refused("email_unreadable")
    try:
        found = validate_email(
            typed.strip(),
            check_deliverability=False,
            allow_smtputf8=False,
            test_environment=current_app.extensions["market_config"].is_development,
        )
    except EmailNotValidError as wrong:
        raise Refused("email_unreadable") from wrong
    return found.normalized.lower()


def _row(typed: str | None) -> int | None:
    try:
        return row_number(typed) if typed else None
    except ValueError:
        return None
