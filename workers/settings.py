"""What the worker's and the beat's Celery share: where the broker is, and how work travels."""

import os
import sys
from typing import Any

from config import Config
from config.values import ConfigError
from market import local
from market.doorbell import DEFAULT_QUEUE, QUICK_TRANSPORT, ROUTES
from workers.schedule import beat_schedule

SOFT_LIMIT_SECONDS = 600  # matches have limits of their own
HARD_LIMIT_SECONDS = 660
# After this long unacknowledged work goes to another worker. A match may take longer: who is
# given it then finds that it is being solved and leaves it.
VISIBILITY_SECONDS = 900


def load_config() -> Config:
    """The settings of this process' environment; ends the process on a wrong one."""
    try:
        return Config.from_env(local.environment(os.environ))
    except (ConfigError, local.LocalError) as wrong:
        sys.exit(str(wrong))


def celery_settings(config: Config) -> dict[str, Any]:
    """JSON only, quick to fail when the broker is away; a task is acknowledged when done."""
    # One value: a line a setting.
    return {
        "accept_content": ["json"],
        "task_serializer": "json",
        "task_ignore_result": True,
        "task_acks_late": True,
        "task_reject_on_worker_lost": True,
        "task_time_limit": HARD_LIMIT_SECONDS,
        "task_soft_time_limit": SOFT_LIMIT_SECONDS,
        "task_default_queue": DEFAULT_QUEUE,
        "task_routes": ROUTES,
        "worker_prefetch_multiplier": 1,  # who is in a long match must not hoard short tasks
        "worker_hijack_root_logger": False,
        "broker_connection_retry_on_startup": True,
        "broker_transport_options": QUICK_TRANSPORT | {"visibility_timeout": VISIBILITY_SECONDS},
        "beat_schedule": beat_schedule(config.sweep_seconds),
        "timezone": "UTC",
    }
