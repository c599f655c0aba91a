"""The Flask application: extensions, blueprints, filters, error pages. No business here."""

from __future__ import annotations

import importlib
import importlib.util
import logging
from datetime import timedelta
from typing import Any

from flask import Flask, Response, g, redirect, render_template, request, session, url_for
from flask_babel import Babel, gettext
from flask_talisman import Talisman
from flask_wtf.csrf import CSRFError, CSRFProtect
from sqlalchemy.exc import DBAPIError, OperationalError
from werkzeug.exceptions import HTTPException
from werkzeug.middleware.proxy_fix import ProxyFix

from config import Config
from market import assets, compress, health, intake, sentences, weave
from market.db import db, migrate
from market.errors import MarketError
from market.filters import FILTERS, GLOBALS
from market.limits import limiter
from market.principals import Principal
from market.web import Denied, can, desk_nav, language, principal, refused, sentence, status_of

LANGUAGES = ("th", "en")
SUBJECTS = (
    "accounts", "notices", "places", "catalogue", "stories", "rounds", "orders", "matching",
    "payments", "fulfilment", "made_to_order", "voices", "campaigns", "livelihood", "mentoring",
    "imports", "reports", "overviews",
)  # fmt: skip
TRANSLATIONS = (
    "core", "look", "accounts", "shop", "orders", "matching", "desk", "money", "photos",
    "finding", "stories", "ordering", "people", "made_to_order", "voices", "signals",
    "mentoring", "gathering", "imports", "reports", "planning", "board", "notices",
)  # fmt: skip

csrf = CSRFProtect()
talisman = Talisman()
CSP = {
    "default-src": "'self'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": ["'self'", "data:"],
    "font-src": "'self'",
    "connect-src": "'self'",
    "worker-src": "'self'",
    "manifest-src": "'self'",
    "form-action": "'self'",
    "base-uri": "'none'",
    "object-src": "'none'",
    "frame-ancestors": "'none'",
}


def create_app(config: Config) -> Flask:
    """A ready application for these settings; several may live in one process (tests do that)."""
    app = Flask("market", template_folder="../templates", static_folder="../static")
    app.extensions["market_config"] = config
    app.session_interface = assets.QuietSessions()
    app.config.update(flask_settings(config))
    compress.init_app(app)  # first in, last out: it packs what the others have finished
    assets.init_app(app)
    intake.take_large(app)
    _add_extensions(app, config)
    intake.init_app(app)
    _add_subjects(app)
    _add_pages(app)
    _add_errors(app)
    _add_templates(app, config)
    _keep_private(app)
    return app


def flask_settings(config: Config) -> dict[str, Any]:
    """What Flask and its extensions read of our settings."""
    return {
        "SECRET_KEY": config.secret_key,
        "SQLALCHEMY_DATABASE_URI": config.database_url,
        "SQLALCHEMY_ENGINE_OPTIONS": {
            "pool_size": 4,
            "max_overflow": 8,
            "pool_pre_ping": True,
            "hide_parameters": True,  # names, numbers and hashes do not belong in logs
            "connect_args": {"options": "-c timezone=UTC -c lock_timeout=5000"},
        },
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_COOKIE_SECURE": config.session_cookie_secure,
        "PERMANENT_SESSION_LIFETIME": timedelta(days=60),
        "MAX_CONTENT_LENGTH": 8 * 1024 * 1024,
        "MAX_FORM_MEMORY_SIZE": 512 * 1024,
        "BABEL_DEFAULT_LOCALE": "th",
        "BABEL_TRANSLATION_DIRECTORIES": ";".join(["translations"] * len(TRANSLATIONS)),
        "BABEL_DOMAIN": ";".join(TRANSLATIONS),
        "RATELIMIT_STORAGE_URI": config.redis_url,
        "RATELIMIT_IN_MEMORY_FALLBACK_ENABLED": True,
        "RATELIMIT_KEY_PREFIX": "market",
        "WTF_CSRF_TIME_LIMIT": None,
    }


def _add_extensions(app: Flask, config: Config) -> None:
    if config.proxy_hops:
        hops = config.proxy_hops
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]
    db.init_app(app)
    migrate.init_app(app, db)
    Babel(app, locale_selector=_choose_language)
    csrf.init_app(app)
    limiter.init_app(app)
    talisman.init_app(
        app,
        content_security_policy=_policy(config),
        force_https=False,
        frame_options="DENY",
        strict_transport_security=config.session_cookie_secure,
        session_cookie_secure=config.session_cookie_secure,
        referrer_policy="same-origin",
    )
    logging.getLogger("market").setLevel(config.log_level)
    if not config.is_development and "_test_" in (config.stripe_secret_key or ""):
        app.logger.warning("STRIPE_SECRET_KEY is a test key: whoever pays by card pays nothing")


def _policy(config: Config) -> dict[str, Any]:
    """What pages may do. A form's answer may lead to the provider's pay page, if there is one:
    browsers hold the whole way of a posted form to form-action.
    """
    if config.stripe_secret_key is None:
        return dict(CSP)
    return CSP | {"form-action": ["'self'", config.stripe_checkout_origin]}


def _choose_language() -> str:
    # An address may ask for a language, for searchers; it does not change the reader's own.
    wanted = request.args.get("lang") or session.get("language")
    return wanted if wanted in LANGUAGES else "th"


def _add_subjects(app: Flask) -> None:
    """Each subject brings what it has: blueprints, sentences, terminal commands, ``init_app``."""
    words = dict(sentences.SENTENCES)
    for subject in SUBJECTS:
        for part in ("sentences", "views", "cli"):
            module = _part(f"market.{subject}.{part}")
            if module is None:
                continue
            words.update(getattr(module, "SENTENCES", {}))
            for blueprint in getattr(module, "BLUEPRINTS", ()):
                app.register_blueprint(blueprint)
            if hasattr(module, "init_app"):
                module.init_app(app)
    app.extensions["market_sentences"] = words
    # Pages that are the same for everybody hold no form token, and all have this button.
    # Cookies are SameSite=Lax, and a language is all that a forged post could change.
    csrf.exempt(app.view_functions["accounts.set_language"])
    for view in app.view_functions.values():
        if hasattr(view, "market_machine"):
            csrf.exempt(view)


def _part(name: str) -> Any | None:
    if importlib.util.find_spec(name) is None:
        return None
    return importlib.import_module(name)


def _add_pages(app: Flask) -> None:
    app.register_blueprint(health.bp)

    @app.before_request
    def deny_by_default() -> None:
        """A route whose view carries no permission is refused to everyone."""
        if request.endpoint is None or request.endpoint in OPEN_ENDPOINTS:
            return
        view = app.view_functions[request.endpoint]
        if not hasattr(view, "market_permission") and request.blueprint != "security":
            raise Denied


#: Served without a rule: files and the operators' probes. Sign-in pages belong to the library.
OPEN_ENDPOINTS = frozenset({"static", "health.healthz", "health.readyz", "health.metrics"})


def _add_errors(app: Flask) -> None:
    # In one piece: what a visitor sees for each kind of error.
    @app.errorhandler(MarketError)
    def refuse(error: MarketError) -> tuple[str, int]:
        return _error_page(status_of(error), sentence(error)), status_of(error)

    @app.errorhandler(Denied)
    def deny(_error: Denied) -> Any:
        if not principal().signed_in and request.method == "GET":
            return redirect(url_for("security.login", next=request.full_path.rstrip("?")))
        return _error_page(403, gettext("This page is not yours to open.")), 403

    @app.errorhandler(CSRFError)
    def stale(_error: CSRFError) -> tuple[str, int]:
        words = gettext("This page was open for too long. Go back, reload it and send again.")
        return _error_page(400, words), 400

    @app.errorhandler(HTTPException)
    def http(error: HTTPException) -> Any:
        if error.code is None or error.code < 400:
            return error
        return _error_page(error.code, _http_sentence(error.code)), error.code

    @app.errorhandler(OperationalError)
    def database_away(error: DBAPIError) -> tuple[str, int]:
        app.logger.error("database does not answer", exc_info=error)
        g.principal = Principal()  # the page must not ask who this is: that is what failed
        words = gettext("We cannot reach our records just now. Nothing was lost. Try again soon.")
        return _error_page(503, words), 503


def _error_page(status: int, words: str) -> str:
    return render_template("errors/error.html", status=status, sentence=refused(words))


def _http_sentence(status: int) -> str:
    sentences: dict[int, str] = {
        404: gettext("We cannot find this page. It may have moved."),
        405: gettext("This address cannot be used this way. Go back and try the button again."),
        413: gettext("This file is too large. Choose one below %(mb)s MB.", mb=_most_megabytes()),
        429: gettext("Too many tries. Wait a minute, then try again."),
        500: gettext("Sorry, something broke on our side. Please try again."),
    }
    return sentences.get(status) or str(gettext("This cannot be done now. Nothing was changed."))


def _most_megabytes() -> int:
    return (request.max_content_length or 0) // 1024 // 1024


def _add_templates(app: Flask, config: Config) -> None:
    app.jinja_env.filters.update(FILTERS)
    app.jinja_env.globals.update(GLOBALS)
    app.jinja_env.globals.update(
        can=can, static_url=assets.static_url, weave=weave, desk_nav=desk_nav, language=language
    )
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    market = {"name": "ตลาดลอยฟ้า", "sample": config.is_development, "phone": "+6621234567"}

    @app.context_processor
    def shared() -> dict[str, Any]:
        return {
            "market": market,
            "principal": principal(),
            "cart_count": session.get("cart_count", 0),
            "lang": language(),
        }


def _keep_private(app: Flask) -> None:
    @app.after_request
    def private(response: Response) -> Response:
        """Pages carry a person's state: shared caches must not keep them."""
        if "Cache-Control" not in response.headers and request.endpoint != "static":
            response.headers["Cache-Control"] = "private, no-cache"
        if request.endpoint == "static" and "v" in request.args:
            response.headers["Cache-Control"] = f"public, max-age={assets.YEAR_SECONDS}, immutable"
        if g.get("principal") is not None and not response.cache_control.public:
            response.vary.add("Cookie")
        return response
