"""What the workers do for the console itself. Each finds its own rows and may run twice."""

import logging

from celery import shared_task
from django.contrib.sessions.models import Session
from django.utils import timezone

from console import life
from console.accounts import lockout, sessions

log = logging.getLogger(__name__)


@shared_task
def sweep_processes() -> None:
    """Forget machines that were taken away."""
    if lost := life.forget_lost(at=timezone.now()):
        log.info("forgot %d lost places of the process tree", lost)


@shared_task
def sweep_sessions() -> None:
    """Drop sessions and counts of wrong tries that are over; they decide nothing any more, they only take room."""
    sessions.sweep(at=timezone.now())
    lockout.sweep(at=timezone.now())
    Session.objects.filter(expire_date__lt=timezone.now()).delete()
