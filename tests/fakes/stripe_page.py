"""The fake Stripe's hosted page: an amount, and a button for each thing that may happen."""

from __future__ import annotations

from html import escape

from tests.fakes.stripe_world import Refusal, Thing, World

Answered = tuple[int, dict[str, str], str]
_HTML = {"Content-Type": "text/html; charset=utf-8"}
_BUTTONS = {
    "card": "Pay by card", "promptpay": "Pay by PromptPay", "decline": "A card that is declined",
    "keep": "Keep this card",
}  # fmt: skip


def answer_page(world: World, method: str, path: str, asked: Thing) -> Answered:
    """Show the page, or do what was pressed and send the buyer back to the market."""
    session_id = path.removeprefix("/pay/")
    try:
        session = world.get(session_id, "checkout.session")
        if method == "POST":
            return _press(world, session, asked.get("act", ""))
    except Refusal as refusal:
        return refusal.status, _HTML, f"<h1>{refusal}</h1>"
    return 200, _HTML, _shown(session)


def _press(world: World, session: Thing, act: str) -> Answered:
    if act == "keep":
        world.buyer_keeps_card(session["id"])
    elif act == "decline":
        world.buyer_pays(session["id"], card="declined")
        return 200, _HTML, _shown(session, "Your card was declined.")
    else:
        world.buyer_pays(session["id"], method=act)
    return 303, {"Location": session["success_url"]}, ""


def _shown(session: Thing, note: str = "") -> str:
    """The page as HTML."""
    setup = session["mode"] == "setup"
    acts = ["keep"] if setup else [*session["payment_method_types"], "decline"]
    if session["status"] != "open":
        acts, note = [], "This page is closed."
    buttons = "".join(f"<button name=act value={act}>{_BUTTONS[act]}</button> " for act in acts)
    amount = "" if setup else f"{session['amount_total'] / 100:.2f} THB"
    return (
        f"<!doctype html><title>Stripe, not the real one</title><h1>{amount}</h1><p>{note}</p>"
        f"<form method=post>{buttons}</form>"
        f"<a id=cancel href='{escape(session['cancel_url'])}'>Back</a>"
    )
