"""Refusals about money, in words."""

from __future__ import annotations

from flask_babel import lazy_gettext as _

from market.payments.desk.sentences import SENTENCES as DESK

SENTENCES = {
    **DESK,
    "not_an_amount": _("Type the amount in baht, such as 1,250 or 81.50."),
    "amount_differs": _(
        "The amount is not the same: {due} is due, {given} was typed."
        " Nothing was recorded. Look at the bank again, or send it back and ask for the exact"
        " amount."
    ),
    "bank_reference_unreadable": _(
        "Type the bank's reference as it is printed: 4 to 40 letters and digits."
    ),
    "bank_reference_used": _(
        "The reference {reference} was used before. A reference counts once: check the slip, it"
        " may be the same transfer."
    ),
    "charge_already_paid": _("This order is paid already. Nothing was changed."),
    "charge_expired": _(
        "The time to pay has passed and the goods were released. If the money is in the bank,"
        " say so: it is recorded and owed back to the buyer."
    ),
    "charge_other_method": _("This order is paid in another way. Nothing was changed."),
    "bank_too_low": _(
        "The books have {bank} in the bank, {amount} is needed."
        " {cash} in cash lies at pick-up points: record its deposit first."
    ),
    "cash_not_there": _(
        "The pick-up point holds {at_hand}; {given} was typed. Nothing was changed."
    ),
    "refund_on_its_way": _("This refund is on its way already. Nothing was changed."),
    "refund_name_missing": _("Type the name on the account, up to 100 letters."),
    "promptpay_unreadable": _(
        "This is no PromptPay number. Type a phone number (10 digits) or a national id (13)."
    ),
    "refund_not_to_source": _(
        "This money did not come by card or through the provider. Choose a transfer or credit."
    ),
    "refund_to_card_first": _(
        "This was paid by card, so it goes back to that card. If that fails you choose another way."
    ),
    "refund_link_other_phone": _(
        "From a letter's link it can go only to the PromptPay of the phone number on the order."
        " Sign in for another number, or call us."
    ),
    "refund_with_group": _(
        "The group has this money and sends it back itself, so it cannot become store credit."
    ),
    "call_note_missing": _("Note who called and when, then send again."),
    "problem_too_late": _(
        "The time to tell us here has passed: 24 hours for fresh goods, 7 days for goods that keep."
        " Call us, we look at it together."
    ),
    "problem_words_missing": _("Tell us in a few words what was wrong."),
    "too_many_problems": _("You have told us about these goods several times. Please call us."),
    "problem_answer_missing": _("Write a sentence to the buyer: why not all goes back."),
    "problem_decided": _("Somebody has decided about this already. Nothing was changed."),
    "refund_too_large": _("At most {most} can go back for these goods. Nothing was changed."),
    "no_credit": _("There is no store credit left to pay with. Pay in another way."),
    "credit_not_with_groups": _(
        "In this round the groups are paid directly; store credit cannot be used."
    ),
    "payment_running": _("A payment of this order is under way. Look at it before you begin anew."),
    "payment_changing": _("The amount has just changed. Open the page again and pay that."),
    "provider_unavailable": _(
        "The payment provider does not answer just now. Nothing was taken. Try again soon."
    ),
    "provider_refused": _("The payment provider does not take this ({reason}). Nothing was taken."),
    "case_closed": _("Somebody has closed this case before. Nothing was changed."),
    "case_other_remedy": _("This cannot be done about this case. Nothing was changed."),
    "already_paid_out": _("This was paid before, with the reference {reference}."),
}
