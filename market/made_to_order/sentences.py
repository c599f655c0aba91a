"""Refusals about goods made to order, in words."""

from __future__ import annotations

from flask_babel import lazy_gettext as _

SENTENCES = {
    "words_missing": _("Write in a few words what should be made."),
    "words_too_long": _("This is too long. Use at most {high} letters."),
    "unit_missing": _("Choose what it is counted in."),
    "day_missing": _("Choose the day by which you need it."),
    "needed_too_soon": _(
        "The groups need time to answer, and to make it. Choose a later day; the first one"
        " possible stands below."
    ),
    "needed_too_late": _("This is more than a year away. Choose a nearer day."),
    "place_missing": _("Choose a pick-up point, or the place where the parcel goes."),
    "address_missing": _("Type the house number and the street."),
    "price_missing": _("Type the most you would pay for one, in baht."),
    "buyer_kind_missing": _("Choose who asks."),
    "org_name_missing": _("Type the name of the school, hospital, shop or organisation."),
    "name_missing": _("Type your name."),
    "tax_id_wrong": _("A tax number has 13 digits. Check it, or leave it empty."),
    "email_wrong": _("Type a whole e-mail address, such as name@mail.com."),
    "request_incomplete": _("One question is not answered yet. Answer it, then send."),
    "request_needs_email": _(
        "Without signing in we need your e-mail, to be sure that the request is yours."
    ),
    "request_needs_proof": _("Sign in, or open the letter that we sent you, to send the request."),
    "request_was_sent": _("This request was sent already. Its answers stand on its page."),
    "request_cannot_move": _("This request has moved on. Reload the page. Nothing was changed."),
    "request_is_over": _("This request is closed, so nothing was changed."),
    "request_is_an_order": _("This request is an order now. Its page says what comes next."),
    "answer_too_late": _("The time to answer is over. Call your coordinator."),
    "above_buyers_price": _("The buyer pays at most {most} for one. Type that or less."),
    "units_out_of_range": _("Type how many the group can make, from 1 to {high}."),
    "not_whole_lots": _("One of the groups makes it in lots: change the number to whole lots."),
    "ready_day_out_of_range": _("Choose a day between the two that stand beside the question."),
    "cannot_reason_missing": _("Choose why, so that the buyer understands."),
    "question_missing": _("Write your question."),
    "too_many_questions": _("You have asked {most} questions. Call your coordinator for more."),
    "answer_missing": _("Write an answer."),
    "question_answered": _("This question was answered before."),
    "nothing_chosen": _("Choose how many you take from at least one group."),
    "answer_is_gone": _(
        "A group has taken its answer back in the meantime. Look at the answers and choose again."
    ),
    "more_than_offered": _("This is more than the group can make. Choose fewer."),
    "more_than_wanted": _("Together this is more than you asked for. Choose fewer."),
    "choose_too_late": _("The time to choose is over. Ask anew; your answers can be taken over."),
    "request_total_changed": _("An answer has changed in the meantime. Look at the total again."),
    "request_agreed_otherwise": _("Something else was agreed already, and it is an order now."),
    "group_has_no_goods": _("This group has nothing to offer yet, so it cannot be asked."),
    "group_cannot_reach": _("No way leads from this group to the buyer's place."),
    "group_missing": _("Choose a group."),
}
