"""The request as our views see it."""

from datetime import datetime

from django.http import HttpRequest
from django_htmx.middleware import HtmxDetails

from console.models import Operator


class ConsoleRequest(HttpRequest):
    user: Operator
    htmx: HtmxDetails
    now: datetime
    id: str
