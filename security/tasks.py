"""What runs in the background for the log books. The beat table in `console/celery.py` says how often."""

from datetime import timedelta

from celery import shared_task
from django.conf import settings
from django.utils import timezone

from security import sealing


@shared_task
def seal_books() -> int:
    """Seal what is new and due; safe to run twice and by several workers."""
    every = timedelta(seconds=getattr(settings, "SEAL_INTERVAL_S", 60))
    return len(sealing.seal_due(at=timezone.now(), every=every))
