"""Background work: thin Celery tasks around the market's commands and flows."""
