"""The workers' entrance: `celery -A console.celery worker` and `… beat`. The settings CELERY_… are in settings.py."""

import os
from typing import Any

from celery import Celery
from celery.signals import beat_init, setup_logging, worker_process_init, worker_ready

from console import starting

starting.read_settings()

app = Celery("meridian")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@setup_logging.connect
def keep_our_logging(**_: Any) -> None:
    """Being connected is enough: Celery then leaves logging as Django's settings made it, with the redaction."""


@worker_ready.connect
def worker_lives(**_: Any) -> None:
    from console import life

    life.begin("worker")


@beat_init.connect
def beat_lives(**_: Any) -> None:
    from console import life

    life.begin("beat")


@worker_process_init.connect
def die_with_worker(**_: Any) -> None:
    """A child of the worker ends with it, also when the worker is killed."""
    from console.tree import child

    child.die_with(os.getppid())
