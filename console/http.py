"""The request as our views see it."""

from dataclasses import dataclass
from datetime import datetime
from ipaddress import IPv6Address, ip_address

from django.conf import settings
from django.http import HttpRequest
from django_htmx.middleware import HtmxDetails

from console.models import Operator


class ConsoleRequest(HttpRequest):
    user: Operator
    htmx: HtmxDetails
    now: datetime
    id: str


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a request came from; empty texts when that is not known."""

    address: str
    agent: str

    @property
    def network(self) -> str:
        """What counts as one address against guessing: a single person has a whole /64 of IPv6."""
        try:
            address = ip_address(self.address)
        except ValueError:
            return self.address
        return str(IPv6Address(int(address) >> 64 << 64)) if isinstance(address, IPv6Address) else str(address)


def origin_of(request: HttpRequest) -> Origin:
    """The last hop before our own proxy, when there is one; what a client claims further left is not believed."""
    address = request.META.get("REMOTE_ADDR", "")
    if settings.TRUST_PROXY and (forwarded := request.headers.get("X-Forwarded-For")):
        address = forwarded.rsplit(",", 1)[-1].strip()
    return Origin(address[:45], request.headers.get("User-Agent", "")[:300])
