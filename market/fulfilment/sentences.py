"""Refusals about making and handing over, in words."""

from __future__ import annotations

from flask_babel import lazy_gettext as _

from market.fulfilment.gathering.sentences import SENTENCES as _OF_TRIPS

SENTENCES = {
    **_OF_TRIPS,
    "batch_cannot_move": _(
        "This batch has moved on. Go back and reload to see where it stands. Nothing was changed."
    ),
    "made_out_of_range": _(
        "Type how many were made, from 0 to {high}. What is made beyond the orders is the group's"
        " own to sell."
    ),
    "consignment_not_on_its_way": _("This box has not been handed over yet."),
    "pickup_code_unreadable": _("A pick-up code has {digits} digits. Type all of them."),
    "pickup_code_unknown": _("Nobody has this code. Ask the buyer to show the order's page again."),
    "pickup_other_point": _("This order waits at another point: {point_th}. Send the buyer there."),
    "pickup_is_a_parcel": _("Order {number} is sent by parcel; there is nothing to fetch here."),
    "nothing_to_hand_out": _(
        "Nothing of order {number} is made for this point. The buyer's order page says why."
    ),
    "already_received": _("Order {number} was handed out before. Do not hand it out again."),
    "not_arrived_yet": _("The goods of order {number} have not arrived yet. Mark the box first."),
    "cash_waits_for_all": _(
        "Order {number} is paid in cash, once, when all of it is here. A part is still coming."
    ),
    "order_not_paid": _("Order {number} was not paid in time, so its goods were released."),
    "balance_not_paid": _(
        "The buyer of order {number} still has {left} to pay. Keep the goods until it is there;"
        " we tell you."
    ),
    "parcel_not_sent_yet": _("The parcel has not been sent yet."),
    "promise_not_later": _(
        "Choose a day after the one that was promised, at most {days} days from today."
    ),
    "promise_reason_missing": _("Choose why it is late, then send again."),
    "promise_stands": _("The group keeps to the day that was promised, so nothing is given up."),
    "photo_too_early": _("There is nothing to show yet. Send pictures when you make the goods."),
    "batch_photos_full": _("A batch has room for {most} pictures. Take one away first."),
    "tracking_unreadable": _("Type the parcel number as printed: 6 to 30 letters and digits."),
    "step_too_early": _("This step comes later. Do first what stands on top of the page."),
    "nothing_to_share_out": _("Wait until buyers have paid. We tell you what to make."),
    "parts_do_not_add_up": _(
        "Together this is {total}, but {units} are to be made. Change somebody's number by {left}."
    ),
    "batch_not_made": _("Say first how many are made. Then boxes are ticked here."),
    "batch_not_packed": _("Pack first; then boxes are handed over here."),
    "box_of_other_group": _("This box is not your group's. Put it aside; nothing was counted."),
    "box_of_other_batch": _(
        "This box is of another lot: {product_en}, lot {lot_code}. Open that one; nothing was"
        " counted."
    ),
    "lot_has_boxes": _(
        "This lot has {boxes} boxes that have not left. Scan or type the number of the box."
    ),
}
