"""The market on a phone's home screen, and what can be read there without signal.

The service worker keeps the files of the pages by their version, the page that says "no
signal", and the last order page of the person who uses this browser. `Offline-Owner` says on
every page who that is (a hash), so that nothing of one person stays for another.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from flask import (
    Blueprint,
    Response,
    current_app,
    g,
    jsonify,
    make_response,
    render_template,
    request,
    session,
)
from flask_babel import gettext as _
from flask_wtf.csrf import generate_csrf

from market.assets import static_url
from market.policy import allowed
from market.principals import Thing
from market.web import Denied, allow, language, principal, see_other

bp = Blueprint("phone", __name__)
NOBODY = "-"
#: What every page needs, kept beforehand. Other files are kept when they are first used.
SHELL = ("css/base.css", "css/shop.css", "css/orders.css", "js/theme.js", "js/app.js",
         "img/icons.svg", "img/mark.svg")  # fmt: skip
FONTS = ("sarabun-thai-400", "sarabun-thai-700", "taviraj-thai-600", "taviraj-digits-600")
COLOUR = "#E3EEF4"


@bp.get("/sw.js")
@allow("market.see")
def worker() -> Response:
    """The service worker: its bytes change whenever a file does that it keeps."""
    static = Path(current_app.static_folder or "")
    shell = [static_url(name) for name in SHELL]
    shell += [f"/static/fonts/{name}.woff2" for name in FONTS]
    code = (static / "js" / "worker.js").read_text(encoding="utf-8")
    version = hashlib.blake2b(f"{shell}{code}{language()}".encode(), digest_size=5).hexdigest()
    head = f"const VERSION = {json.dumps(version)};\nconst SHELL = {json.dumps(shell)};\n"
    head += f"importScripts({json.dumps(static_url('js/outbox.js'))});\n"
    response = make_response(head + code)
    response.mimetype = "text/javascript"
    response.headers["Cache-Control"] = "no-cache"
    return response


@bp.get("/manifest.webmanifest")
@allow("market.see")
def manifest() -> Response:
    """What the phone shows on its home screen."""
    icons = [_icon(192), _icon(512), _icon(512, "maskable")]
    body = {
        "id": "/", "start_url": "/", "scope": "/", "display": "standalone",
        "name": "ตลาดลอยฟ้า สินค้าตามสั่ง", "short_name": "ตลาดลอยฟ้า", "lang": language(),
        "description": _("Made to order by the makers of Thailand's sub-districts"),
        "theme_color": COLOUR, "background_color": COLOUR, "categories": ["shopping", "food"],
        "icons": icons,
        "shortcuts": [{"name": _("Orders"), "url": "/orders"}, {"name": _("Cart"), "url": "/cart"},
                      {"name": _("Search"), "url": "/search"}],
    }  # fmt: skip
    response = make_response(json.dumps(body, ensure_ascii=False))
    response.mimetype = "application/manifest+json"
    response.headers["Cache-Control"] = "no-cache"
    return response


def _icon(size: int, purpose: str = "any") -> dict[str, str]:
    name = f"img/icon-{'maskable' if purpose == 'maskable' else size}.png"
    url = static_url(name)
    return {"src": url, "sizes": f"{size}x{size}", "type": "image/png", "purpose": purpose}


@bp.get("/offline")
@allow("market.see")
def offline() -> Response:
    """The page shown where no signal reaches; it holds nothing of anybody's."""
    return make_response(render_template("errors/offline.html"))


@bp.get("/offline/order")
@allow("market.see")
def last_order() -> Response:
    """Without signal the service worker answers here with the order it keeps."""
    return see_other("orders.mine")


def keep_offline(response: Response, order: Thing) -> Response:
    """Let the asker's browser keep this order page, if the order is their own.

    Whoever sees it for their work, a coordinator say, keeps nothing.
    """
    if allowed(principal(), "order.change", order):
        response.headers["Offline-Copy"] = "order"
    return response


@bp.get("/form-token")
@allow("market.see")
def form_token() -> Response:
    """A form token of now, for a form that was kept on the phone for longer than its own lasted."""
    response = jsonify(token=generate_csrf())
    response.headers["Cache-Control"] = "no-store"
    return response


@bp.before_app_request
def take_kept() -> None:
    """What one person left waiting on a shared phone never goes out in another's name."""
    kept = request.headers.get("Kept-Owner")
    if kept and principal().signed_in and kept != _owner():
        raise Denied


@bp.app_context_processor
def name_keeper() -> dict[str, Any]:
    """For pages whose forms may wait on the phone: whose they are, where somebody signed in."""
    return {"keeper": lambda: _owner() if principal().signed_in else ""}


@bp.after_app_request
def tell_kept(response: Response) -> Response:
    """A form that waited on the phone was refused: in words, for whoever sent it to read."""
    words = g.get("refused_words")
    if words and response.status_code >= 400 and "Kept-Form" in request.headers:
        response.headers["Refused-Words"] = words
    return response


@bp.after_app_request
def tell_owner(response: Response) -> Response:
    """Who uses this browser, as a hash that changes with the person and says nothing else."""
    if response.mimetype == "text/html":
        response.headers["Offline-Owner"] = _owner()
    return response


def _owner() -> str:
    who = g.get("principal")
    known = who.user_id if who is not None and who.signed_in else session.get("buyer_ids")
    if not known:
        return NOBODY
    key = str(current_app.secret_key).encode()[:64]
    return hashlib.blake2b(str(known).encode(), key=key, digest_size=9).hexdigest()
