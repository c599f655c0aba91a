"""What accounts refuses, in words."""

from __future__ import annotations

from flask_babel import lazy_gettext as _

SENTENCES = {
    "link_needs_group_or_order": _("Say whose links: a group's or an order's."),
    "buyer_needs_contact": _("Type a phone number or an e-mail, so that we can reach you."),
    "name_length": _("Use 1 to {high} letters."),
    "user_unknown": _("Nobody here signs in as {login}."),
    "user_exists": _("Somebody signs in as {login} already."),
    "line_away": _("LINE does not answer just now. Try again soon, or sign in another way."),
    "line_not_proved": _("LINE's answer could not be checked. Start again from here."),
    "line_code_spent": _("This way back from LINE was used already. Start again from here."),
    "line_trip_over": _("The way to LINE took too long or ended in another app. Start again here."),
    "line_opens_another": _(
        "This LINE account opens another account here. Sign out, and sign in with LINE to use it."
    ),
    "line_other_linked": _("Another LINE account signs you in already. Take that one away first."),
    "line_is_the_only_way": _(
        "LINE is your only way in. Add a phone number or an e-mail first, then take LINE away."
    ),
    "export_over": _("This file is over. Have your data put together anew."),
    "email_link_over": _("This link cannot be used any more. Ask for a new one."),
    "email_opens_another": _(
        "This e-mail opens another account here. Sign out, and sign in with it to use that one."
    ),
    "account_closed": _("This account is closed. Call us if you think it should not be."),
    "grant_needs_place": _("Say where: an area code, the whole country, or a group."),
}
