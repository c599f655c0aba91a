"""The worker's Celery application: `celery --app workers.app worker`.

Every task runs in an app context of its own (so in a database session of its own) and is
acknowledged only when done: what a killed worker held is given to the next one.
"""

import os
import pkgutil
from typing import Any

from celery import Celery, Task
from flask import Flask

from config import Config
from market.app import create_app
from workers.settings import celery_settings, load_config

WITHOUT_TASKS = frozenset({"app", "beat", "schedule", "settings"})


def task_modules() -> list[str]:
    """Every other module beside this one holds tasks."""
    names = (module.name for module in pkgutil.iter_modules([os.path.dirname(__file__)]))
    return [f"workers.{name}" for name in sorted(names) if name not in WITHOUT_TASKS]


def make_celery(flask_app: Flask, config: Config) -> Celery:
    """A Celery bound to this Flask app."""

    class ContextTask(Task):  # type: ignore[misc]
        """Runs in an app context of its own."""

        def __call__(self, *args: Any, **kwargs: Any) -> Any:
            with flask_app.app_context():
                return super().__call__(*args, **kwargs)

    celery = Celery("market", broker=config.redis_url, task_cls=ContextTask, include=task_modules())
    celery.conf.update(celery_settings(config))
    return celery


def load() -> Celery:
    """The application from this process' environment; ends the process on a wrong setting."""
    config = load_config()
    return make_celery(create_app(config), config)


app = load()
