"""The application without its pages: for programs of tests whose only work is in the database.

The whole one takes twice the time to load, and such a program is started to be killed.
"""

import os

from flask import Flask
from flask_babel import Babel

import market.models
from config import Config
from market.app import flask_settings
from market.db import db

assert market.models  # the mappers name each other


def bare_app() -> Flask:
    """With the settings, database and language of this process' environment, and no pages."""
    config = Config.from_env(os.environ)
    app = Flask("market")
    app.extensions["market_config"] = config
    app.config.update(flask_settings(config))
    db.init_app(app)
    Babel(app)
    return app
