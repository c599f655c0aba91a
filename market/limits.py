"""How often something may be tried. Counted in Redis, so that it holds over every process.

When Redis is away each process counts for itself: a request is never refused, and never
fails, because nobody can count.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import cache
from typing import Any, TypeVar, cast

from flask import Flask, Response, current_app, g, request, session
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from limits import RateLimitItemPerDay
from redis import RedisError

View = TypeVar("View", bound=Callable[..., Any])

limiter = Limiter(
    key_func=get_remote_address,
    default_limits=[],
    headers_enabled=False,  # they would ask Redis twice more for every post
    in_memory_fallback_enabled=True,
    storage_options={"socket_connect_timeout": 1, "socket_timeout": 1},
)

_ONCE_A_DAY = RateLimitItemPerDay(1)
_BROWSER_ORDERS = "30 per minute"
_QUESTIONS = "20 per hour"
_QUESTIONS_OF_ADDRESS = "200 per hour"  # phone carriers share theirs
#: Wrong pick-up codes of one person: among a thousand orders one is hit in ten days.
_WRONG_CODES = "20 per 5 minutes; 100 per day"
#: Wrong links of one address; a token has 190 bits.
_WRONG_LINKS = "30 per 5 minutes"
_DRAWINGS = "120 per minute"
_EXPORTS = "5 per hour; 10 per day"
_IMPORTS = "60 per hour"
_FILES = "60 per hour; 200 per day"
#: Sign-in pages by what one may try there, and how often each may be tried.
_GUESSES = ("login", "us_verify", "us_setup_validate", "change_password", "reset_password")
_SENDERS = (
    "us_signin_send_code", "us_verify_send_code", "us_setup",
    "forgot_password", "send_confirmation", "register",
)  # fmt: skip


def limit_orders(view: View) -> View:
    """Orders: by browser, and generously by address, since phone carriers share theirs."""
    by_browser = limiter.limit(
        _BROWSER_ORDERS, key_func=_browser, methods=["POST"], exempt_when=_nameless
    )
    by_address = limiter.limit(_setting("order_rate"), methods=["POST"])
    return cast(View, by_browser(by_address(view)))


def limit_letters(view: View) -> View:
    """Letters that a stranger may have us send: by the contact named, and by address."""
    by_contact = limiter.limit(
        _setting("code_rate"), key_func=_account, methods=["POST"], exempt_when=_signed_in
    )
    by_address = limiter.limit(_setting("sign_in_rate"), methods=["POST"], exempt_when=_signed_in)
    return cast(View, by_contact(by_address(view)))


def limit_searches(view: View) -> View:
    """Searching and suggesting, which cost more than other pages: generously by address."""
    limited = limiter.shared_limit(
        _setting("search_rate"), scope="searches", exempt_when=lambda: not request.args.get("q")
    )
    return cast(View, limited(view))


def limit_drawings(view: View) -> View:
    """Pictures and lists that machines fetch, and that cost more than pages: by address."""
    return cast(View, limiter.limit(_DRAWINGS)(view))


def limit_questions(view: View) -> View:
    """Questions and reports: by person, then generously by address."""
    by_person = limiter.limit(_QUESTIONS, key_func=_person, methods=["POST"])
    by_address = limiter.limit(_QUESTIONS_OF_ADDRESS, methods=["POST"])
    return cast(View, by_person(by_address(view)))


def limit_links(view: View) -> View:
    """Links that open something to whoever has them: wrong ones by address."""
    limited = limiter.shared_limit(
        _WRONG_LINKS, scope="links", deduct_when=lambda answer: answer.status_code == 404
    )
    return cast(View, limited(view))


def first_today(kind: str, what: str) -> bool:
    """Does this browser do this for the first time in a day? Counts then stand for people.

    Nothing but a hash that no one can turn back is kept, for a day, and not in the database.
    Where nobody can count, everything is the first time.
    """
    here = f"{get_remote_address()}|{request.user_agent.string}|{what}"
    key = hashlib.blake2b(here.encode(errors="replace"), key=_secret(), digest_size=16).hexdigest()
    try:
        return bool(limiter.limiter.hit(_ONCE_A_DAY, kind, key))
    except RedisError:
        return True


def limit_codes(view: View) -> View:
    """Pick-up codes: wrong ones by person, whether looked up or handed in."""
    limited = limiter.shared_limit(
        _WRONG_CODES,
        scope="pickup_codes",
        key_func=_person,
        exempt_when=lambda: not request.values.get("code"),
        deduct_when=_refused,
    )
    return cast(View, limited(view))


def limit_own_letters(view: View) -> View:
    """Letters that somebody signed in has sent to another address: by person."""
    return cast(
        View, limiter.limit(_setting("code_rate"), key_func=_person, methods=["POST"])(view)
    )


def limit_exports(view: View) -> View:
    """Having one's data put together, which is work for the worker: by person."""
    return cast(View, limiter.limit(_EXPORTS, key_func=_person, methods=["POST"])(view))


def limit_imports(view: View) -> View:
    """Sheets brought in, which are unpacked and read: by person."""
    return cast(View, limiter.limit(_IMPORTS, key_func=_person, methods=["POST"])(view))


def limit_files(view: View) -> View:
    """Files of reports, each some seconds to minutes of a worker: by person."""
    return cast(View, limiter.limit(_FILES, key_func=_person, methods=["POST"])(view))


def limit_guesses(view: View) -> View:
    """A way to sign in that answers to a GET: failed ones by address."""
    limited = limiter.limit(_setting("sign_in_rate"), deduct_when=_failed)
    return cast(View, limited(view))


def limit_sign_in(app: Flask) -> None:
    """Put the library's pages under limits: every try by account, failed ones by address."""
    for name in _GUESSES:
        _limit(app, name, "sign_in_rate")
    for name in _SENDERS:
        _limit(app, name, "code_rate")


def _limit(app: Flask, name: str, rate: str) -> None:
    endpoint = f"security.{name}"
    app.view_functions[endpoint] = _limited(app.view_functions[endpoint], name, rate)


@cache
def _limited(view: Any, name: str, rate: str) -> Any:
    """The view under its limits; made once, or several apps in a process would count double."""
    by_account = limiter.limit(_setting(rate), key_func=_account, methods=["POST"])
    by_address = limiter.limit(
        _setting("sign_in_rate"), methods=["POST"], deduct_when=_failed, scope=name
    )
    return by_account(by_address(view))


def _setting(name: str) -> Callable[[], str]:
    return lambda: str(getattr(current_app.extensions["market_config"], name))


def _failed(response: Response) -> bool:
    """A page again, instead of the way onwards, means that the try failed."""
    return response.status_code not in (302, 303)


def count_as_refused() -> None:
    """This answer refuses, though its status does not show it: it only leads on to the words."""
    g.counts_as_refused = True


def _refused(response: Response) -> bool:
    return response.status_code == 422 or bool(g.get("counts_as_refused"))


def _person() -> str:
    """Whoever is signed in here."""
    return _hashed(f"person:{session.get('_user_id') or get_remote_address()}")


def _account() -> str:
    """The account meant, hashed: the counters must not become a list of customers."""
    named = request.form.get("identity") or request.form.get("email") or session.get("_user_id")
    return _hashed(f"account:{str(named or get_remote_address()).strip().lower()}")


def _browser() -> str:
    """This browser, by its session's secret."""
    return _hashed(f"browser:{session['csrf_token']}")


def _secret() -> bytes:
    """The key of hashes that stand for people."""
    return hashlib.blake2b(str(current_app.secret_key).encode()).digest()


def _signed_in() -> bool:
    return "_user_id" in session


def _nameless() -> bool:
    """No form token was ever given out here: only the address counts."""
    return "csrf_token" not in session


def _hashed(key: str) -> str:
    return hashlib.blake2b(key.encode(errors="replace"), digest_size=16).hexdigest()
