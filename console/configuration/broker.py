"""How Celery reaches Redis: bounded, so that a click never hangs on a Redis that is down or frozen."""

PUBLISH_RETRY = {"max_retries": 1, "interval_start": 0, "interval_step": 0.1, "interval_max": 0.1}
TRANSPORT = {
    "socket_connect_timeout": 1,
    "socket_timeout": 2,
    "retry_on_timeout": False,
    "max_retries": 1,
    "visibility_timeout": 300,  # seconds; tasks are short, and the sweep repairs what a killed worker held
    "global_keyprefix": "koppel:",
}


def broker_url(redis_url: str) -> str:
    """redis-py says unix:///path, Celery says redis+socket:///path."""
    return redis_url.replace("unix://", "redis+socket://", 1)
