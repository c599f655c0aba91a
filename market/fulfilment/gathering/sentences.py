"""Refusals about trips, boxes and a desk's closing, in words."""

from __future__ import annotations

from flask_babel import lazy_gettext as _

SENTENCES = {
    "trip_without_boxes": _(
        "Nothing of these groups waits to be fetched on that day. Reload the page: somebody may"
        " have planned it just now."
    ),
    "trip_groups_missing": _("Tick at least one group to fetch from."),
    "trip_too_long": _("A trip has at most {most} stops. Choose fewer groups."),
    "trip_too_heavy": _(
        "These boxes weigh {kg} kg together and no order of stops keeps the load within"
        " {most_kg} kg. Choose fewer groups or a larger vehicle."
    ),
    "trip_changed": _(
        "The plan has changed meanwhile, or is locked. Look at it as it is now; nothing was"
        " changed by you."
    ),
    "trip_has_begun": _("Boxes were taken already, so the plan stands."),
    "trip_not_locked": _("This plan is not final. Lock it first; then it is driven."),
    "trip_day_unreadable": _("Choose the day of the trip."),
    "trip_time_unreadable": _("Type when the trip starts, such as 08:30."),
    "trip_vehicle_missing": _("Say with which vehicle, and how many kilograms it carries."),
    "trip_driver_missing": _("Type the driver's name."),
    "stop_cannot_move": _(
        "Not possible: boxes would be put down before they are taken, or the load would be too"
        " heavy on the way."
    ),
    "box_code_unreadable": _("This is no code of a box. Scan the box's label, or type its number."),
    "box_code_unknown": _("Nobody knows a box with this code. Look at the label again."),
    "box_not_of_trip": _("This box is not of this trip. Leave it here and call the coordinator."),
    "box_other_stop": _(
        "Box {box} is of this trip, but of another stop: from {group_th} to {point_th}."
    ),
    "box_scanned_before": _("Box {box} was scanned before. It counts once."),
    "box_not_collected": _(
        "Box {box} was never taken at {group_th}. Look again, or report what is wrong."
    ),
    "box_not_made_yet": _(
        "Lot {lot}: the group has not said yet how many were made. Ask the leader to do that now,"
        " or report the box as missing."
    ),
    "lot_of_many_boxes": _("Several boxes here are of this lot. Type the box's number: {boxes}."),
    "box_units_out_of_range": _("This box holds {high}. Type how many of them are concerned."),
    "box_report_unreadable": _("Choose the box and what is wrong with it."),
    "box_case_closed": _("This was decided already. Reload the page to see how."),
    "box_case_words_missing": _("Write in a few words how it was settled."),
    "box_case_after_hand_over": _(
        "The group handed these over. Decide buyer by buyer under Problems, then close this as"
        " settled."
    ),
    "box_case_more_than_held": _(
        "Only {held} of this box can still be paid back: the others were fetched or paid back"
        " before. Nothing was changed. Close this as settled, and write how."
    ),
    "parcel_number_unreadable": _(
        "Order {number}: a parcel number has 6 to 30 letters and digits. Nothing was saved yet."
    ),
    "closing_count_missing": _("Count the bags that are left and type the number."),
    "closing_words_missing": _(
        "You counted {counted}, expected are {expected}. Write why they differ."
    ),
    "closing_done": _("This day was closed already with another count. Nothing was changed."),
    "goods_given_away": _("The goods of order {number} were given away, as nobody came in time."),
    "parcel_number_overtaken": _(
        "Order {number}: somebody noted {known} meanwhile. Nothing was saved yet."
        " If yours is right, save once more."
    ),
    "left_decision_unreadable": _(
        "Choose what becomes of the goods, and until when they are kept."
    ),
    "left_until_out_of_range": _("Choose a day from today on, at most {days} days ahead."),
}
