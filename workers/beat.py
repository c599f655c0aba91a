"""The beat's Celery application: `celery --app workers.beat beat`.

It calls tasks by name, so it loads neither the market nor the tasks.
"""

from celery import Celery

from workers.settings import celery_settings, load_config

config = load_config()
app = Celery("market", broker=config.redis_url)
app.conf.update(celery_settings(config))
