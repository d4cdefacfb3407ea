"""What runs in the background for the log books; the beat table is CELERY_BEAT_SCHEDULE in `console/settings.py`."""

import logging
from datetime import timedelta
from functools import cache

from celery import shared_task
from django.conf import settings
from django.utils import timezone

from security import anchoring, checking, exporting, sealing, starting

log = logging.getLogger(__name__)


@shared_task
def seal_books() -> None:
    """Seal what is new and due; safe to run twice and by several workers."""
    _look_once()
    every = timedelta(seconds=settings.SEAL_INTERVAL_S)
    for made in sealing.seal_due(at=timezone.now(), every=every):
        log.info("sealed %s at %d", made.book.name, made.size)


@shared_task
def run_checks() -> None:
    """Run the checks of whole books that somebody asked for."""
    checking.run_waiting(at=timezone.now())


@cache
def _look_once() -> None:
    """The first thing that each worker does: guards that bite, heads that continue what was signed."""
    for alarm in starting.prepare(at=timezone.now()):
        log.error("log book alarm: %s", alarm)


@shared_task
def fetch_anchors() -> int:
    """Cosignatures and time stamps that are due; a lost bell costs one beat."""
    return anchoring.run_due(at=timezone.now())


@shared_task
def make_exports() -> int:
    """Exports that wait, and those that a worker left unfinished."""
    return exporting.make_due(at=timezone.now())
