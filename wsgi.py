"""The web server's entry and `flask --app wsgi`: `app`, ready to serve.

A wrong setting ends the process with one sentence. In development the local servers, the
migrations and the sample data are there before the first request.
"""

import os
import sys

from flask import Flask

from config import Config
from config.values import ConfigError
from market import local
from market.app import create_app


def load() -> Flask:
    """The application from this process' environment; ends the process on a wrong setting."""
    try:
        config = Config.from_env(local.environment(os.environ))
        application = create_app(config)
        local.prepare(application)
    except (ConfigError, local.LocalError) as wrong:
        sys.exit(str(wrong))
    return application


app = load()
