"""Who carries what in this installation. Part of the edge: settings, gateways and words meet."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from config import Config
from market.accounts.sms import text_service
from market.clock import utc_now
from market.db import reading, transaction
from market.notices.commands import forget_screen, note_refused, note_taken
from market.notices.editing import words_in_use
from market.notices.flows import Post
from market.notices.gateway import WayBack, mailer_for
from market.notices.queries import screens_of
from market.notices.returned.rules import Seal
from market.notices.rules import Channel, Mailer, Screen
from market.notices.sms.gateway import texts_for
from market.notices.words import digest_letter, render_letter

if TYPE_CHECKING:
    from market.notices.line.gateway import LineCarrier


def post_of(config: Config) -> Post:
    """How messages leave, with the words as they are now. Reads the database once."""
    with reading() as session:
        edited = words_in_use(session)
    return Post(
        carriers=carriers_of(config),
        render=partial(render_letter, edited=edited),
        clock=utc_now,
        digest=digest_letter,
    )


def carriers_of(config: Config) -> dict[Channel, Mailer]:
    """The channels that are set up."""
    carriers: dict[Channel, Mailer | None] = {
        Channel.EMAIL: mailer_for(
            config.smtp_url, config.mail_from, config.market_home, way_back_of(config)
        ),
        Channel.SMS: texts_for(
            text_service(config), config.market_home, develops=config.is_development
        ),
        Channel.LINE: line_of(config),
        Channel.PUSH: _push_of(config),
    }
    return {channel: carrier for channel, carrier in carriers.items() if carrier is not None}


def way_back_of(config: Config) -> WayBack | None:
    """Where letters come back to; None where nobody looks."""
    if config.bounce_mailbox is None:
        return None
    return WayBack(config.bounce_address or config.mail_from, Seal(config.secret_key))


# The vendors' libraries take longer to import than everything else: only where they are used.
def line_of(config: Config) -> LineCarrier | None:
    """LINE, where it is set up."""
    if config.line_chat_token is None:
        return None
    from market.notices.line.gateway import LineCarrier

    return LineCarrier(config.line_chat_token, config.line_chat_api_base)


def _push_of(config: Config) -> Mailer | None:
    if config.push_private_key is None:
        return None
    from market.notices.push.gateway import PushCarrier

    return PushCarrier(
        config.push_private_key, f"mailto:{config.mail_from}", _screens, _forget, _refused, _took
    )


def _screens(address: str) -> list[Screen]:
    with reading() as session:
        return screens_of(session, int(address.removeprefix("user:")))


def _forget(endpoint: str) -> None:
    with transaction() as session:
        forget_screen(session, endpoint)


def _refused(endpoint: str) -> None:
    with transaction() as session:
        note_refused(session, endpoint, utc_now())


def _took(endpoint: str) -> None:
    with transaction() as session:
        note_taken(session, endpoint)
