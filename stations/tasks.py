"""What runs in the background for stations: forgetting what need not be kept. Each is safe to run twice."""

import logging
from datetime import timedelta

from celery import shared_task
from django.conf import settings
from django.utils import timezone

from stations import knocking, messages, presence

log = logging.getLogger(__name__)


@shared_task
def forget_messages() -> None:
    """Records of frames are for looking into a fault; what must be provable stands in the log books."""
    before = timezone.now() - timedelta(days=settings.MESSAGES_KEPT_DAYS)
    gone = messages.prune(before=before, keep_per_station=settings.MESSAGES_KEPT_PER_STATION)
    if gone:
        log.info("forgot %d records of messages", gone)


@shared_task
def forget_attempts() -> None:
    knocking.prune()


@shared_task
def forget_gateways() -> None:
    """Gateways that were killed; their stations count as lost since their lease ran out."""
    if lost := presence.sweep(now=timezone.now()):
        log.info("forgot %d lost gateways", lost)
