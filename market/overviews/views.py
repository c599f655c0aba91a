"""The pages that cross subjects, each in a package of its own."""

from __future__ import annotations

from market.overviews.board import views as board
from market.overviews.calendar import views as calendar
from market.overviews.campaign import views as campaign
from market.overviews.community import views as community
from market.overviews.country import views as country
from market.overviews.demand import views as demand
from market.overviews.desk import views as desk
from market.overviews.help import views as help_pages
from market.overviews.my_data import views as my_data
from market.overviews.order_page import views as order_page
from market.overviews.phone import views as phone
from market.overviews.places_map import views as places_map
from market.overviews.planner import views as planner
from market.overviews.play import views as play
from market.overviews.shop import views as shop
from market.overviews.trace import views as trace

BLUEPRINTS = tuple(
    page.bp
    for page in (
        shop,
        community,
        order_page,
        desk,
        board,
        help_pages,
        phone,
        demand,
        play,
        trace,
        my_data,
        places_map,
        calendar,
        campaign,
        planner,
        country,
    )
)
