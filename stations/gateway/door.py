"""The handshake: who is it, over which profile, with which credentials? Then in, or away with a reason.

Hashes of keys are slow by design, so they are computed in a few threads of their own, and what was verified once is
remembered under a key that lives in this process only: a storm of reconnects does not pay for the hash again.
"""

import asyncio
import hashlib
import hmac
import secrets
import time
from collections import Counter, OrderedDict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import connection, transaction

from stations import admission, credentials
from stations.admission import Admitted, Holder, Reason, Refused
from stations.gateway.evidence import Certificate
from stations.gateway.websocket import Arrival
from stations.models import Station, StationKey
from stations.ocpp import basic
from stations.ocpp.basic import BadCredentials, Presented
from stations.ocpp.identity import BadPath, identity_from

THREADS = 4
REMEMBERED = 50_000
PENALTY_AFTER, PENALTY_S = 5, 30.0


@dataclass(frozen=True)
class Visitor:
    """What a connection says and shows of itself, before any of it is believed."""

    arrival: Arrival
    raw_path: bytes
    headers: dict[bytes, bytes]
    offered: tuple[str, ...]

    @property
    def address(self) -> str:
        return self.arrival.peer[0] if self.arrival.peer else "front"

    def identity(self) -> str:
        """Raise Refused."""
        try:
            return identity_from(self.raw_path)
        except BadPath as exc:
            raise Refused(Reason.BAD_PATH) from exc


class Door:
    def __init__(self, *, trusted_organizations: frozenset[str]) -> None:
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="door")
        self._trusted = trusted_organizations
        self._secret = secrets.token_bytes(32)
        self._verified: OrderedDict[bytes, int] = OrderedDict()
        self._wrong: Counter[str] = Counter()
        self._closed_until: dict[str, float] = {}

    async def ask(self, visitor: Visitor, *, at: datetime) -> Admitted:
        """Raise Refused."""
        identity = visitor.identity()
        self._refuse_hurry(visitor.address, identity)
        loop = asyncio.get_running_loop()
        try:
            admitted = await loop.run_in_executor(self._threads, self._admit, visitor, identity, at)
        except Refused as refused:
            if refused.reason in (Reason.WRONG_KEY, Reason.WRONG_USER):
                self._count_wrong(visitor.address, identity)
            raise
        for name in (visitor.address, identity):
            self._wrong.pop(name, None)
        return admitted

    def _admit(self, visitor: Visitor, identity: str, at: datetime) -> Admitted:
        try:
            profile = visitor.arrival.profile
            station = admission.known(identity, profile=profile, at=at, may_knock=settings.KNOCKING_ALLOWED)
            if profile == 3:
                admission.by_certificate(station, holder_of(visitor.arrival), trusted_organizations=self._trusted)
                return Admitted(station, None)
            presented = basic.parse(visitor.headers.get(b"authorization"), identity=identity)
            return Admitted(station, self._key(station, presented, at))
        finally:
            connection.close_if_unusable_or_obsolete()

    def _key(self, station: Station, presented: Presented | BadCredentials, at: datetime) -> StationKey | None:
        key = self._recalled(station, presented) or admission.by_key(station, presented)
        if key is not None and isinstance(presented, Presented):
            self._remember(station, presented, key)
            if key.state != StationKey.State.SETTLED or _in_doubt(station):
                with transaction.atomic():
                    credentials.used(StationKey.objects.select_related("station").get(pk=key.pk), at=at)
        return key

    # What was verified before

    def _digest(self, station: Station, presented: Presented) -> bytes:
        return hmac.digest(self._secret, station.folded.encode() + b"\0" + presented.key, hashlib.sha256)

    def _recalled(self, station: Station, presented: Presented | BadCredentials) -> StationKey | None:
        """Only which key it was is remembered; whether that key still opens the door is asked of the database."""
        if not isinstance(presented, Presented):
            return None
        number = self._verified.get(self._digest(station, presented))
        if number is None:
            return None
        return StationKey.objects.filter(pk=number, station=station, state__in=credentials.OPENS).first()

    def _remember(self, station: Station, presented: Presented, key: StationKey) -> None:
        self._verified[self._digest(station, presented)] = key.pk
        while len(self._verified) > REMEMBERED:
            self._verified.popitem(last=False)

    # Guessing

    def _refuse_hurry(self, *names: str) -> None:
        now = time.monotonic()
        if any(self._closed_until.get(name, 0.0) > now for name in names):
            raise Refused(Reason.SLOWED)

    def _count_wrong(self, address: str, identity: str) -> None:
        """A whole site may stand behind one address, so an address is given more room than an identity."""
        now = time.monotonic()
        for name, room in ((identity, PENALTY_AFTER), (address, 10 * PENALTY_AFTER)):
            self._wrong[name] += 1
            if self._wrong[name] >= room:
                self._wrong[name] = 0
                self._closed_until[name] = now + PENALTY_S
        if len(self._closed_until) > REMEMBERED:
            self._closed_until = {name: until for name, until in self._closed_until.items() if until > now}

    def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)


def holder_of(arrival: Arrival) -> Holder | None:
    if arrival.tls is None or arrival.tls.certificate is None:
        return None
    shown = Certificate.parse(arrival.tls.certificate)
    return Holder(shown.common_names, shown.organizations)


def visitor_from(scope: dict[str, Any]) -> Visitor:
    path = scope["raw_path"].partition(b"?")[0]
    return Visitor(scope["ocpp"], path, dict(scope["headers"]), tuple(scope.get("subprotocols", ())))


def _in_doubt(station: Station) -> bool:
    return StationKey.objects.filter(station=station, state=StationKey.State.IN_DOUBT).exists()
