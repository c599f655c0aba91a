"""Refusals of slips, statements, payouts and papers, in words."""

from __future__ import annotations

from flask_babel import lazy_gettext as _

SENTENCES = {
    "too_many_slips": _(
        "{most} slips were sent for this order already. Call us, we look at it together."
    ),
    "slip_for_nobody": _("Choose the group that you have paid, then send its slip."),
    "slip_decided": _("Somebody has decided about this slip already. Nothing was changed."),
    "slip_same_transfer": _(
        "Another slip of this order shows the same transfer. Refuse this one; its money counts"
        " once."
    ),
    "slip_service_away": _("The slip service does not answer now. We ask it again by ourselves."),
    "payout_in_file": _(
        "This payout is in file {file} for the bank. Say there whether the bank carried it out."
    ),
    "no_payouts_chosen": _("Choose at least one payout, at most {most}."),
    "payouts_not_ready": _(
        "{n} of the chosen payouts cannot go now: paid, in another file, or without a confirmed"
        " account. Nothing was made; look at the list again."
    ),
    "account_same_person": _(
        "You entered this account yourself. Another person has to compare it with the bank book."
    ),
    "account_is_older": _("A newer account was entered for this group. Look at that one."),
    "bank_unknown": _("Choose the bank from the list."),
    "account_number_wrong": _("Type the account number: 10 to 15 digits, as in the bank book."),
    "account_name_wrong": _("Type the name as it stands in the bank book."),
    "promptpay_wrong": _("A PromptPay number has 10 digits (phone), 13 or 15. Or leave it empty."),
    "share_rule_first": _("Choose first how the group shares."),
    "members_missing": _("Type at least one name, at most {most}."),
    "member_twice": _("One name stands there twice. Add something to tell the two apart."),
    "weight_wrong": _("Type numbers only: units as whole numbers, hours such as 7.5."),
    "no_work_at_all": _("All numbers are zero. Type what at least one member did."),
    "shares_missing": _("Type the names first, then confirm."),
    "shares_confirmed": _("The shares were confirmed and stay as they are."),
    "statement_empty": _("This file holds no line with money that came in."),
    "line_decided": _("Somebody has decided about this line already. Nothing was changed."),
    "order_waits_otherwise": _(
        "Meanwhile the order waits for something else: it was paid, changed, or its time is over."
        " Nothing was changed. Look at the line as it stands now."
    ),
    "line_is_not_that": _("Another line stands for this money, or the amounts differ."),
    "no_such_order": _("No payment of an order {number} was found. Type the order's number."),
}
