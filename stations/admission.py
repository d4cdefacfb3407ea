"""Who may come in: the rules of the handshake, applied to what was presented. Slow hashes: keep it off the loop."""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from django.db import transaction

from stations import credentials, onboarding, registry
from stations.models import Station, StationKey
from stations.ocpp.basic import BadCredentials, Presented


class Reason(Enum):
    """Why a handshake was refused; the value is what is stored and what pages translate."""

    UNKNOWN = "unknown-identity"
    SHUT_OUT = "blocked-or-retired"
    OTHER_PROFILE = "other-profile"
    NO_CREDENTIALS = "no-credentials"
    WRONG_USER = "other-user"
    WRONG_KEY = "wrong-key"
    NO_CERTIFICATE = "no-certificate"
    OTHER_NAME = "certificate-of-another"
    FOREIGN_ORGANIZATION = "foreign-organization"
    NO_PROTOCOL = "no-common-protocol"
    BAD_PATH = "bad-path"
    SLOWED = "slowed-down"
    FULL = "full"
    TLS = "tls"
    REQUEST = "bad-request"
    DEADLINE = "too-slow"


STATUS = {
    Reason.UNKNOWN: 404,
    Reason.BAD_PATH: 404,
    Reason.SHUT_OUT: 403,
    Reason.OTHER_PROFILE: 403,
    Reason.NO_CREDENTIALS: 401,
    Reason.WRONG_USER: 401,
    Reason.WRONG_KEY: 401,
    Reason.NO_CERTIFICATE: 401,
    Reason.OTHER_NAME: 401,
    Reason.FOREIGN_ORGANIZATION: 401,
    Reason.SLOWED: 429,
}


class Refused(Exception):
    def __init__(self, reason: Reason) -> None:
        super().__init__(reason.value)
        self.reason = reason


@dataclass(frozen=True)
class Holder:
    """The names in a client certificate that has passed the TLS checks."""

    names: tuple[str, ...]
    organizations: tuple[str, ...]


@dataclass(frozen=True)
class Admitted:
    """`key` is the one that opened the door; None for a certificate, or where nothing was asked."""

    station: Station
    key: StationKey | None


def known(identity: str, *, profile: int, at: datetime, may_knock: bool) -> Station:
    """The station that says it is `identity`, if it may come over this profile at all. Raise Refused."""
    station = Station.objects.filter(folded=registry.fold(identity)).first()
    if station is None:
        if not may_knock:
            raise Refused(Reason.UNKNOWN)
        with transaction.atomic():
            station = registry.knock(identity, profile=profile, at=at)
    if station.status in onboarding.SHUT_OUT:
        raise Refused(Reason.SHUT_OUT)
    if station.profile != profile:
        raise Refused(Reason.OTHER_PROFILE)
    return station


def by_key(station: Station, presented: Presented | BadCredentials) -> StationKey | None:
    """None for a station that knocks: it has no key here yet. Raise Refused."""
    if station.status == Station.Status.KNOCKING:
        return None
    if isinstance(presented, BadCredentials):
        raise Refused(Reason.WRONG_USER if presented is BadCredentials.OTHER_USER else Reason.NO_CREDENTIALS)
    key = credentials.matching(station, presented.key)
    if key is None:
        raise Refused(Reason.WRONG_KEY)
    return key


def by_certificate(station: Station, holder: Holder | None, *, trusted_organizations: frozenset[str]) -> None:
    """Raise Refused. An empty set of organizations trusts the anchors alone."""
    if holder is None:
        raise Refused(Reason.NO_CERTIFICATE)
    if station.identity not in holder.names:
        raise Refused(Reason.OTHER_NAME)
    if trusted_organizations and not trusted_organizations & set(holder.organizations):
        raise Refused(Reason.FOREIGN_ORGANIZATION)
