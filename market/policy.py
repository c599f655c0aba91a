"""Who may do what, to which thing. Pure, and the only place that decides; deny by default.

Who asks and what is touched: ``principals``. A permission that is not in RULES is refused to
everyone.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from market.principals import (
    COORDINATORS,
    FIELD,
    FINANCE,
    GROUP,
    MARKET,
    MENTORS,
    NOTHING,
    READERS,
    Principal,
    Thing,
)

Rule = Callable[[Principal, Thing], bool]


def _anyone(_who: Principal, _what: Thing) -> bool:
    return True


def _signed_in(who: Principal, _what: Thing) -> bool:
    return who.signed_in


def _has_ordered(who: Principal, _what: Thing) -> bool:
    return bool(who.buyer_ids)


def _in_area(roles: frozenset[str]) -> Rule:
    def rule(who: Principal, what: Thing) -> bool:
        return what.area is not None and any(
            right.role in roles and right.area is not None and what.area.startswith(right.area)
            for right in who.rights
        )

    return rule


def _somewhere(roles: frozenset[str]) -> Rule:
    def rule(who: Principal, _what: Thing) -> bool:
        return any(right.role in roles for right in who.rights)

    return rule


def _in_group(*roles: str) -> Rule:
    def rule(who: Principal, what: Thing) -> bool:
        return what.group_id is not None and any(
            right.role in roles and right.group_id == what.group_id for right in who.rights
        )

    return rule


def _by_link(purpose: str, *names: str) -> Rule:
    """A signed link to this very thing: the same ``names``, and none of them missing."""

    def rule(who: Principal, what: Thing) -> bool:
        return any(
            link.purpose == purpose
            and all(
                getattr(what, name) is not None and getattr(link, name) == getattr(what, name)
                for name in names
            )
            for link in who.links
        )

    return rule


def _own_order(who: Principal, what: Thing) -> bool:
    return what.buyer_id is not None and what.buyer_id in who.buyer_ids


def _own(who: Principal, what: Thing) -> bool:
    return what.user_id is not None and what.user_id == who.user_id


def _own_notice(who: Principal, what: Thing) -> bool:
    if what.user_id is not None:
        return who.user_id == what.user_id
    return _own_order(who, what)


_COORDINATES = _in_area(COORDINATORS)
_KEEPS_MONEY = _in_area(FINANCE)
_ANSWER_LINK = _by_link("answer", "group_id", "round_id")
_ORDER_LINK = _by_link("order", "order_id")
_REQUEST_LINK = _by_link("request", "request_id")
_REQUEST_ANSWER_LINK = _by_link("request_answer", "group_id", "request_id")
_TRIP_LINK = _by_link("trip", "trip_id")

#: Whose reports of a kind are; the rows they see are those of their own areas and groups
#: (``reports.rules.scope_of``).
REPORT_ROLES: dict[str, frozenset[str]] = {
    "report.orders": COORDINATORS,
    "report.making": COORDINATORS | GROUP,
    "report.shipping": COORDINATORS | {"group_leader", "member"},
    "report.payouts": COORDINATORS | FINANCE | {"group_leader", "treasurer"},
    "report.money": MARKET | FINANCE,
    "report.contacts": MARKET,
    "report.catalogue": COORDINATORS | FINANCE | GROUP,
}

#: permission -> the rules, any one of which lets a person through.
RULES: dict[str, tuple[Rule, ...]] = {
    "market.see": (_anyone,),
    "cart.use": (_anyone,),
    "hook.send": (_anyone,),  # a signature proves who sent it
    "order.place": (_anyone,),
    "order.list": (_anyone,),  # the query shows only the asker's own
    "order.see": (_own_order, _ORDER_LINK, _COORDINATES, _KEEPS_MONEY),
    "order.change": (_own_order, _ORDER_LINK),
    "refund.direct": (_own_order,),  # to any account; a link's holder only to the order's phone
    "account.use": (_signed_in,),
    "data.take": (_own,),
    "notice.list": (_anyone,),  # the query shows only the asker's own
    "notice.see": (_own_notice,),
    "group.desk": (_in_group("group_leader", "treasurer", "member"), _ANSWER_LINK, _COORDINATES),
    "group.offer": (_in_group("group_leader"), _COORDINATES),
    "photo.edit": (_in_group("group_leader", "member"), _COORDINATES),
    "batch.answer": (_in_group("group_leader"), _ANSWER_LINK),
    "batch.answer_for": (_COORDINATES,),
    "batch.report": (_in_group("group_leader", "member"), _ANSWER_LINK, _COORDINATES),
    "group.money": (_in_group("group_leader", "treasurer"), _COORDINATES, _KEEPS_MONEY),
    "board.see": (_somewhere(COORDINATORS),),
    "shortfall.resolve": (_somewhere(COORDINATORS),),  # the commands look at the areas
    "demand.see": (_somewhere(COORDINATORS | GROUP | {"partner"}),),
    "match.see": (_somewhere(COORDINATORS),),
    "round.see": (_somewhere(COORDINATORS | FINANCE),),
    "round.manage": (_in_area(MARKET),),
    "match.run": (_in_area(COORDINATORS),),
    "match.publish": (_in_area(COORDINATORS),),
    "money.see": (_in_area(FINANCE | COORDINATORS),),
    "receipt.record": (_in_area(FINANCE | COORDINATORS),),
    "payout.record": (_KEEPS_MONEY,),
    "refund.record": (_KEEPS_MONEY,),
    "problem.list": (_somewhere(FINANCE | COORDINATORS),),  # the query shows their own areas only
    "problem.enter": (_in_area(FINANCE | COORDINATORS),),
    "problem.decide": (_in_area(FINANCE | COORDINATORS),),
    "paper.see": (
        _own_order,
        _ORDER_LINK,
        _in_group("group_leader", "treasurer"),
        _COORDINATES,
        _KEEPS_MONEY,
    ),
    "account.enter": (_in_group("group_leader", "treasurer"), _KEEPS_MONEY),
    "account.confirm": (_KEEPS_MONEY,),
    "shares.decide": (_in_group("treasurer", "group_leader"),),
    "voice.say": (_own_order, _ORDER_LINK),
    "voice.report": (_anyone,),
    "voice.answer": (_in_group("group_leader", "member"), _COORDINATES),
    "voice.list": (_somewhere(COORDINATORS),),  # the query shows their own areas only
    "voice.hide": (_COORDINATES,),
    "thanks.see": (
        _own_order,
        _ORDER_LINK,
        _in_group("group_leader", "treasurer", "member"),
        _COORDINATES,
    ),
    "point.desk": (_COORDINATES, _in_group("group_leader", "member")),
    "point.phone": (_COORDINATES, _in_group("group_leader")),
    "gather.see": (_somewhere(COORDINATORS),),  # the query shows their own areas only
    "trip.manage": (_COORDINATES,),
    "trip.drive": (_COORDINATES, _TRIP_LINK),
    "box.case": (_COORDINATES,),
    "import.list": (_somewhere(COORDINATORS | {"group_leader"}),),  # the query shows their own only
    "import.products": (_in_area(MARKET),),
    "import.offers": (_somewhere(COORDINATORS | {"group_leader"}),),  # rows are checked one by one
    "import.orders": (_somewhere(FIELD),),
    "import.books": (_somewhere(FIELD),),
    "import.see": (_own, _COORDINATES),
    "import.change": (_own,),
    "books.own": (_signed_in,),  # the query shows the asker's household only
    "books.sums": (_somewhere(COORDINATORS),),
    "synonym.edit": (_in_area(MARKET),),
    "notice.manage": (_in_area(MARKET),),
    "story.edit": (_in_group("group_leader"), _COORDINATES),
    "story.check": (_COORDINATES,),
    "question.ask": (_signed_in, _has_ordered),
    "question.report": (_anyone,),
    "request.write": (_anyone,),  # the query finds only the browser's own draft
    "request.prove": (_REQUEST_LINK,),
    "request.see": (_own_order, _REQUEST_LINK, _COORDINATES),
    "request.choose": (_own_order, _REQUEST_LINK),
    "request.answer": (_in_group("group_leader"), _REQUEST_ANSWER_LINK),
    "request.asked": (_in_group("group_leader", "member"), _REQUEST_ANSWER_LINK, _COORDINATES),
    "request.answer_for": (_COORDINATES,),
    "request.list": (_somewhere(COORDINATORS),),  # the query shows their own areas only
    "request.invite": (_in_area(MARKET),),
    "country.see": (_somewhere(READERS),),  # the query shows their own areas only
    "area.see": (_in_area(READERS),),
    "province.see": (_in_area(READERS),),
    "care.list": (_somewhere(COORDINATORS),),  # the query shows their own areas only
    "care.do": (_COORDINATES,),
    "care.decide": (_in_area(MENTORS),),
    "care.read": (_in_group("group_leader", "treasurer", "member"), _COORDINATES),
    "advice.read": (_in_group("group_leader", "treasurer", "member"),),
    "contact.edit": (_in_group("group_leader"), _COORDINATES),
    "report.list": (_somewhere(COORDINATORS | FINANCE | GROUP),),  # each report asks its own right
    "report.own": (_own,),
    **{right: (_somewhere(roles),) for right, roles in REPORT_ROLES.items()},
}


def allowed(who: Principal, permission: str, what: Thing = NOTHING) -> bool:
    """May this person do this to that thing? Unknown permissions are refused."""
    return any(rule(who, what) for rule in RULES.get(permission, ()))


def link_used(who: Principal, permission: str, what: Thing = NOTHING) -> int | None:
    """The link that lets this person do it; None where they may without any."""
    if not who.links or allowed(replace(who, links=()), permission, what):
        return None
    opening = (link for link in who.links if allowed(replace(who, links=(link,)), permission, what))
    return next((link.link_id for link in opening), None)
