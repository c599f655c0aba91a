"""Words for the archive's page, and for what holds a deletion up. Part of the edge."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from flask import current_app
from flask_babel import force_locale, gettext
from flask_babel import lazy_gettext as _

from market.clock import utc_now
from market.overviews.my_data.archive import Page, plain
from market.overviews.my_data.queries import Part
from market.thai import show_date, show_datetime

#: Why somebody cannot be forgotten yet, and what to do about it.
HOLD_WORDS = {
    "leaving_has_work": _(
        "You work for a group or the market here. Ask the market to take your role back first."
    ),
    "leaving_order_runs": _("An order of yours is still running. It ends first."),
    "leaving_refund_open": _("We still owe you a refund. You get it first."),
    "leaving_problem_open": _("A problem you reported is not decided yet. It is decided first."),
    "leaving_credit_left": _("You have credit left. Spend it, or call us to have it paid out."),
    "leaving_request_open": _("A request of yours is open. Take it back, or wait until it ends."),
}

#: What stands above the columns.
HEADINGS = {
    "entered_at": _("Entered on"),
    "amount_baht": _("Amount (baht)"),
    "month": _("Month"),
    "consent_at": _("Consent given on"),
    "undone_at": _("Undone on"),
    "applied_at": _("Carried out on"),
    "total_rows": _("Rows"),
    "file_name": _("File"),
    "address": _("Address"),
    "advice": _("Advice"),
    "address_note": _("Note on the address"),
    "answer": _("Answer"),
    "question": _("Question"),
    "answered_at": _("Answered on"),
    "area_code": _("Area"),
    "asked_at": _("Asked on"),
    "at": _("When"),
    "baht": _("Amount (baht)"),
    "bank_code": _("Bank"),
    "bank_reference": _("Bank reference"),
    "brand": _("Card brand"),
    "called_at": _("Called on"),
    "outcome": _("Came of it"),
    "cancelled_at": _("Cancelled on"),
    "category": _("Category"),
    "ceiling_baht": _("Ceiling (baht)"),
    "channel": _("Way"),
    "closed_at": _("Ended on"),
    "code": _("Code"),
    "confirmed_at": _("Confirmed on"),
    "content": _("Content"),
    "created_at": _("Made on"),
    "cycle": _("How often"),
    "decided_at": _("Decided on"),
    "delivery_baht": _("Delivery (baht)"),
    "display_name": _("Name there"),
    "done_at": _("Done on"),
    "dropped_at": _("Removed on"),
    "due_at": _("Due on"),
    "email": _("E-mail"),
    "ended_at": _("Ended on"),
    "event": _("What happened"),
    "every": _("Every so many rounds"),
    "expires_at": _("Good until"),
    "file_hash": _("Fingerprint of the picture"),
    "from_on": _("Since"),
    "from_state": _("From"),
    "given": _("Given"),
    "goods": _("Goods"),
    "group_name": _("Group"),
    "host_name": _("Name shown to friends"),
    "house_no": _("House number"),
    "is_public": _("Shown to everybody"),
    "institution": _("Institution"),
    "issued_at": _("Issued on"),
    "kind": _("Kind"),
    "language": _("Language"),
    "last4": _("Last four digits"),
    "linked_at": _("Added on"),
    "maker": _("Maker"),
    "method": _("Paid by"),
    "moo": _("Village number"),
    "most_baht": _("At most (baht)"),
    "name": _("Name"),
    "needed_on": _("Needed on"),
    "next_step": _("Agreed"),
    "note": _("Note"),
    "number": _("Number"),
    "org_name": _("Organisation"),
    "paid_at": _("Paid on"),
    "pay_method": _("Paid by"),
    "phone": _("Phone"),
    "pick_up_point": _("Pick-up point"),
    "pickup_code": _("Pick-up code"),
    "place": _("Page"),
    "placed_at": _("Ordered on"),
    "product": _("Goods"),
    "provider": _("Service"),
    "planned_on": _("Planned for"),
    "purpose": _("What for"),
    "raised_at": _("Asked on"),
    "reason": _("Reason"),
    "received_baht": _("Received (baht)"),
    "recipient": _("Recipient"),
    "recorded_at": _("Recorded on"),
    "replied_at": _("Answered on"),
    "reply": _("Answer"),
    "reported_at": _("Reported on"),
    "revoked_at": _("Taken back on"),
    "road": _("Road"),
    "role": _("Role"),
    "round": _("Round"),
    "score": _("Stars"),
    "seen_at": _("Seen on"),
    "sent_at": _("Sent on"),
    "shortage": _("If it falls short"),
    "show_name": _("With my name"),
    "soi": _("Lane"),
    "state": _("State"),
    "subject": _("About"),
    "tambon_code": _("Sub-district (code)"),
    "tax_id": _("Tax number"),
    "to_name": _("Account name"),
    "to_promptpay": _("PromptPay"),
    "to_state": _("To"),
    "trans_ref": _("Transfer reference"),
    "unit": _("Unit"),
    "unit_th": _("Unit"),
    "units": _("Quantity"),
    "village": _("Village"),
    "way": _("Way"),
    "words": _("Words"),
    "words_version": _("Version of the words"),
}


def pages(language: str) -> Page:
    """What puts the parts on one page, in the person's language."""

    def render(parts: Sequence[Part]) -> str:
        with force_locale(language):
            template = current_app.jinja_env.get_template("my_data/archive.html")
            return template.render(
                parts=parts, headings=HEADINGS, shown=_shown(language), lang=language,
                made_at=utc_now(),
            )  # fmt: skip

    return render


def _shown(language: str) -> Any:
    def show(value: Any) -> str:
        if value is None or value == "":
            return "–"
        if isinstance(value, bool):
            return str(gettext("yes") if value else gettext("no"))
        if isinstance(value, datetime):
            return show_datetime(value, language)
        if isinstance(value, date):
            return show_date(value, language)
        if isinstance(value, Decimal):
            return f"{value:,.2f}"
        return str(plain(value))

    return show
