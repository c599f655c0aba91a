"""Refusals about orders, in words. Thai sentences take the Thai names from the data."""

from __future__ import annotations

from flask_babel import lazy_gettext as _

SENTENCES = {
    "order_is_paid": _(
        "This order is paid already. Cancel it to have the money back, then order again."
    ),
    "pay_method_not_offered": _("This round cannot be paid in that way. Choose another one."),
    "round_closed": _("This round no longer takes orders. Nothing was ordered."),
    "cart_empty": _("Your basket has nothing of this round."),
    "line_not_found": _("This line is no longer in your basket. Reload the page."),
    "not_offered": _("Nobody makes this in the round. Choose other goods."),
    "not_enough": _(
        "Only {left} {unit_en} of {product_en} are left. Take fewer, then order again."
    ),
    "full": _("{product_en} is full. Take it out of the basket to order the rest."),
    "not_delivered_there": _(
        "{product_en} cannot come to this place. Choose another way, or take it out."
    ),
    "too_many_for_one": _("One order may have at most {most} {unit_en} of {product_en}."),
    "price_changed": _(
        "The price has changed since you saw it. Look at the new total, then order."
    ),
    "place_not_served": _("We do not deliver there yet. Choose another place."),
    "point_shut_this_round": _("This pick-up point is shut on the delivery days. Choose another."),
    "cash_only_at_point": _("Cash can be paid at a pick-up point only. Choose PromptPay."),
    "no_pickup_code": _("Too many orders at this moment. Nothing was ordered. Try again."),
    "busy": _("Too many orders at this moment. Nothing was ordered. Try again."),
    "order_not_found": _("There is no such order."),
    "order_changed": _("The order has changed meanwhile. Look at it again, then change it."),
    "order_would_be_empty": _("Nothing would be left. Cancel the order instead."),
    "too_late_to_change": _("The round has closed, so this order can no longer be changed."),
    "page_damaged": _("This page is damaged. Reload it, then order again."),
    "standing_empty": _("A standing order needs at least one line. To stop it, end it."),
    "standing_not_found": _("There is no such standing order of yours."),
    "standing_changed": _("It has changed meanwhile. Look at it again, then change it."),
    "standing_over": _("This is over: it was ordered, ended, or its round has closed."),
    "standing_too_many_orders": _(
        "You have {most} standing orders. End one first, or add goods to one of them."
    ),
    "standing_too_many_lines": _("A standing order has at most {most} lines."),
    "standing_not_from_this": _("This order cannot be repeated by itself. Start from the goods."),
    "standing_nothing": _("None of the goods could be ordered in this round."),
    "standing_not_offered": _("Nobody offers this in the round, or not to this place."),
    "standing_too_dear": _("It costs more than your ceiling in this round."),
    "standing_too_many": _("One order may take fewer in this round."),
    "standing_full": _("Not enough of it was left."),
    "standing_ceiling": _("Type the most one unit may cost, in baht, such as 75."),
    "standing_name": _("Type the name of whoever gets it."),
    "together_not_found": _("This link is not valid any more. Ask whoever sent it for a new one."),
    "together_closed": _("The host has closed this basket. Nothing was changed; ask them."),
    "together_ordered": _("This basket is ordered already."),
    "together_cannot_open": _("The round has closed, or you have {most} open baskets already."),
    "together_name": _("Type your name, so that the host knows whose it is."),
    "together_full": _("A basket has at most {most} people."),
    "together_empty": _("Nobody has chosen anything yet."),
    "together_not_there": _("Some goods no longer get to this pick-up point. Take them out."),
    "together_too_many": _("You can take {most} of it: one order for all has a limit."),
    "together_too_many_lines": _("You can have at most {most} different goods."),
    "together_email": _("Type a whole e-mail address, such as name@mail.com."),
    "gift_not_found": _("This link is not valid any more. Ask whoever sent it."),
    "address_needs_house": _("Type the house number."),
    "address_not_found": _("This address is no longer kept. Choose another one."),
    "too_many_addresses": _("You keep {most} addresses. Delete one first."),
    "choose_destination": _("Choose first where you get the goods."),
}
