"""The Celery application: `celery --app workers.app worker` and `... beat`.

Every task runs in an app context of its own (so in a database session of its own) and is
acknowledged only when done: what a killed worker held is given to the next one.
"""

import os
import pkgutil
import sys
from typing import Any

from celery import Celery, Task
from flask import Flask

from config import Config
from config.values import ConfigError
from market import local
from market.app import create_app
from market.doorbell import DEFAULT_QUEUE, QUICK_TRANSPORT, ROUTES
from workers.schedule import beat_schedule

SOFT_LIMIT_SECONDS = 600  # matches have limits of their own
HARD_LIMIT_SECONDS = 660
# After this long unacknowledged work goes to another worker. A match may take longer: who is
# given it then finds that it is being solved and leaves it.
VISIBILITY_SECONDS = 900


def task_modules() -> list[str]:
    """Every module beside this one holds tasks, except the beat's schedule."""
    names = (module.name for module in pkgutil.iter_modules([os.path.dirname(__file__)]))
    return [f"workers.{name}" for name in sorted(names) if name not in ("app", "schedule")]


def make_celery(flask_app: Flask, config: Config) -> Celery:
    """A Celery bound to this Flask app; JSON only, quick to fail when the broker is away."""

    class ContextTask(Task):  # type: ignore[misc]
        """Runs in an app context of its own."""

        def __call__(self, *args: Any, **kwargs: Any) -> Any:
            with flask_app.app_context():
                return super().__call__(*args, **kwargs)

    celery = Celery("market", broker=config.redis_url, task_cls=ContextTask, include=task_modules())
    # One value: a line a setting.
    celery.conf.update(
        accept_content=["json"],
        task_serializer="json",
        task_ignore_result=True,
        task_acks_late=True,
        task_reject_on_worker_lost=True,
        task_time_limit=HARD_LIMIT_SECONDS,
        task_soft_time_limit=SOFT_LIMIT_SECONDS,
        task_default_queue=DEFAULT_QUEUE,
        task_routes=ROUTES,
        worker_prefetch_multiplier=1,  # a worker in a long match must not hoard short tasks
        worker_hijack_root_logger=False,
        broker_connection_retry_on_startup=True,
        broker_transport_options=QUICK_TRANSPORT | {"visibility_timeout": VISIBILITY_SECONDS},
        beat_schedule=beat_schedule(config.sweep_seconds),
        timezone="UTC",
    )
    return celery


def load() -> Celery:
    """The application from this process' environment; ends the process on a wrong setting."""
    try:
        config = Config.from_env(local.environment(os.environ))
    except (ConfigError, local.LocalError) as wrong:
        sys.exit(str(wrong))
    return make_celery(create_app(config), config)


app = load()
