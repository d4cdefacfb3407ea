"""The application behind all listeners: opens the door, holds the conversations, and knows who is in."""

import asyncio
import contextlib
import logging
import secrets
from collections.abc import Awaitable, Callable
from datetime import datetime
from functools import partial
from http import HTTPStatus
from typing import Any

from stations import knocking, presence
from stations.admission import STATUS, Admitted, Reason, Refused
from stations.gateway import replies
from stations.gateway.conversation import Conversation
from stations.gateway.door import Door, Visitor, visitor_from
from stations.gateway.errands import House
from stations.gateway.evidence import Certificate
from stations.gateway.replies import Send
from stations.knocking import Knock
from stations.models import Gateway, Station
from stations.ocpp.versions import Version, choose
from stations.presence import Arrival, Departure, Link

log = logging.getLogger(__name__)
Receive = Callable[[], Awaitable[dict[str, Any]]]
REPLACED, SHUT = 4001, 4003
SHOWN_HEADER_LENGTH = 200


class Reception:
    def __init__(self, house: House, door: Door, gateway: Gateway) -> None:
        self.house, self.door, self.gateway = house, door, gateway
        self.inside: dict[int, tuple[Conversation, Visitor]] = {}
        self.noted = 0  # handshakes refused so far

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        visitor = visitor_from(scope)
        await receive()  # websocket.connect
        at = self.house.clock()
        try:
            admitted = await self.door.ask(visitor, at=at)
        except Refused as refused:
            self.note(_knock(visitor, refused.reason), at=at)
            await _turn_away(send, refused.reason)
            return
        version = _version(visitor, admitted.station)
        if version is None:
            # The handshake is completed without the header, and closed at once, as OCPP-J asks (3.2).
            self.note(_knock(visitor, Reason.NO_PROTOCOL), at=at)
            await replies.no_common_version(send, spoken=[one.value for one in Version])
            return
        await self._hold(admitted, version, visitor, receive, send, at=at)

    async def _hold(
        self, admitted: Admitted, version: Version, visitor: Visitor, receive: Receive, send: Send, *, at: datetime
    ) -> None:
        station, number = admitted.station, secrets.token_hex(8)
        link = Link(number, visitor.address, visitor.arrival.profile, version.value, _tls(visitor))
        await self.house.desk.do_in_bulk(presence.arrivals, Arrival(station.pk, link, self.gateway.pk, at))
        talk = Conversation(station, version, number, self.house, partial(_say, send))
        self._replace(station.pk, talk, visitor)
        spoken = version.value if version.value in visitor.offered else None
        await send({"type": "websocket.accept", "subprotocol": spoken})
        if station.ping_s is not None:
            visitor.arrival.socket.set_ping(station.ping_s or None)
        attending = asyncio.ensure_future(talk.errands.run())
        try:
            while (message := await receive())["type"] == "websocket.receive":
                await talk.receive(_text(message))
        finally:
            attending.cancel()
            with contextlib.suppress(asyncio.CancelledError, OSError):
                await attending
            await self._farewell(station.pk, talk)

    def _replace(self, station_id: int, talk: Conversation, visitor: Visitor) -> None:
        """The newest authenticated connection wins."""
        before = self.inside.get(station_id)
        self.inside[station_id] = (talk, visitor)
        if before is not None:
            before[1].arrival.socket.hang_up(REPLACED, "a newer connection of this station took over")

    async def _farewell(self, station_id: int, talk: Conversation) -> None:
        held = self.inside.get(station_id)
        if held is not None and held[0] is talk:
            del self.inside[station_id]
        await talk.close()
        gone = Departure(station_id, talk.connection, self.house.clock())
        await self.house.desk.do_in_bulk(presence.departures, gone)

    # From outside

    def ring(self, station_ids: list[int]) -> None:
        for station_id in station_ids:
            if (held := self.inside.get(station_id)) is not None:
                held[0].errands.rung.set()

    def shut(self, station_id: int, reason: str) -> None:
        if (held := self.inside.get(station_id)) is not None:
            held[1].arrival.socket.hang_up(SHUT, reason[:100])

    def moved(self, station_id: int, connection: str) -> None:
        """The station has connected to another gateway: our connection is the old one."""
        held = self.inside.get(station_id)
        if held is not None and held[0].connection != connection:
            held[1].arrival.socket.hang_up(REPLACED, "a newer connection of this station took over")

    def with_serials(self, serials: frozenset[int]) -> list[int]:
        """Stations that came in by a certificate with one of these numbers."""
        if not serials:
            return []
        return [station_id for station_id, (_, visitor) in self.inside.items() if _serial(visitor) in serials]

    def heard(self) -> dict[int, datetime]:
        """When each connected station was last heard."""
        return {station_id: talk.heard_at for station_id, (talk, _) in self.inside.items()}

    def note(self, knock: Knock, *, at: datetime) -> None:
        self.noted += 1
        work = partial(knocking.record, [knock], at=at)
        asyncio.ensure_future(self.house.desk.do(work)).add_done_callback(_report_failure)


async def _say(send: Send, text: str) -> None:
    await send({"type": "websocket.send", "text": text})


def _text(message: dict[str, Any]) -> str:
    """OCPP-J speaks text; bytes are read as if they were, and refused like any other text that is not JSON."""
    text: str | None = message.get("text")
    return text if text is not None else bytes(message["bytes"]).decode("utf-8", "surrogateescape")


def _version(visitor: Visitor, station: Station) -> Version | None:
    found = choose(visitor.offered)
    if found is None and not visitor.offered and station.assume_protocol:
        return Version(station.assume_protocol)
    return found


async def _turn_away(send: Send, reason: Reason) -> None:
    status = STATUS[reason]
    headers = {401: [replies.CHALLENGE], 429: [(b"retry-after", b"30")]}.get(status, [])
    await replies.deny(send, HTTPStatus(status), headers=headers)


def _knock(visitor: Visitor, reason: Reason) -> Knock:
    try:
        identity = visitor.identity()
    except Refused:
        identity = ""
    facts: dict[str, Any] = {
        "path": visitor.raw_path.decode("ascii", "replace")[:SHOWN_HEADER_LENGTH],
        "offered": list(visitor.offered)[:8],
        "authorization": "present" if b"authorization" in visitor.headers else "absent",
        "user_agent": visitor.headers.get(b"user-agent", b"").decode("latin-1")[:SHOWN_HEADER_LENGTH],
        **_tls(visitor),
    }
    return Knock(visitor.arrival.profile, visitor.address, reason.value, identity, facts)


def _serial(visitor: Visitor) -> int | None:
    tls = visitor.arrival.tls
    return Certificate.parse(tls.certificate).serial if tls is not None and tls.certificate is not None else None


def _tls(visitor: Visitor) -> dict[str, Any]:
    tls = visitor.arrival.tls
    if tls is None:
        return {}
    facts: dict[str, Any] = {"tls": tls.version, "suite": tls.suite}
    if tls.certificate is not None:
        facts |= certificate_facts(Certificate.parse(tls.certificate))
    return facts


def certificate_facts(shown: Certificate) -> dict[str, Any]:
    return {
        "subject": shown.subject,
        "issuer": shown.issuer,
        "serial": format(shown.serial, "x"),
        "not_after": shown.not_after.isoformat(),
    }


def _report_failure(task: "asyncio.Future[Any]") -> None:
    if not task.cancelled() and task.exception() is not None:
        log.warning("an attempt could not be recorded", exc_info=task.exception())
