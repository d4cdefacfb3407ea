"""Key establishment (RFC 8915, section 4): what we ask, and what we accept as an answer."""

import struct
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from timesync.nts import records, signed
from timesync.nts.aead import AES_128_GCM_SIV, AES_SIV_CMAC_256
from timesync.nts.codes import Code
from timesync.nts.failures import Failure
from timesync.nts.keys import NTPV4
from timesync.nts.records import Record, RecordType

ALPN = b"ntske/1"
PORT = 4460
NTP_PORT = 123
MAX_COOKIES = 8
COOKIE_LENGTHS = range(1, 897)  # with a larger one a request would not fit one Ethernet frame
ERRORS = {0: Code.KE_ERROR_UNRECOGNIZED, 1: Code.KE_ERROR_BAD_REQUEST, 2: Code.KE_ERROR_INTERNAL}
ONCE = (RecordType.NEXT_PROTOCOL, RecordType.AEAD, RecordType.SERVER, RecordType.PORT, RecordType.COMPLIANT_EXPORTER)


@dataclass(frozen=True, slots=True)
class Wish:
    """What the client asks for. `server` and `port` are None for: whichever you like."""

    aeads: tuple[int, ...] = (AES_SIV_CMAC_256,)
    server: str | None = None
    port: int | None = None
    public_keys: bool = False  # record 16384 collides with a draft of the NTS pool, so only where an operator says so


@dataclass(frozen=True, slots=True)
class Agreement:
    """What server and client agreed on. `server` and `port` are None for: the same host, the usual port."""

    aead: int
    cookies: tuple[bytes, ...] = field(repr=False)
    server: str | None = None
    port: int | None = None
    compliant_exporter: bool = False
    public_keys: tuple[signed.PublicKey, ...] = ()

    @property
    def exporter_aead(self) -> int:
        """The number in the exporter context. For AES-128-GCM-SIV old peers put 15 there, unless both say 1024."""
        return AES_SIV_CMAC_256 if self.aead == AES_128_GCM_SIV and not self.compliant_exporter else self.aead


def request(wish: Wish) -> bytes:
    asked = [
        records.of_words(RecordType.NEXT_PROTOCOL, NTPV4, critical=True),
        records.of_words(RecordType.AEAD, *wish.aeads, critical=True),
    ]
    if AES_128_GCM_SIV in wish.aeads:
        asked.append(Record(RecordType.COMPLIANT_EXPORTER))
    if wish.server is not None:
        asked.append(Record(RecordType.SERVER, wish.server.encode("ascii")))
    if wish.port is not None:
        asked.append(records.of_words(RecordType.PORT, wish.port))
    if wish.public_keys:
        asked.append(Record(RecordType.REQUEST_PUBLIC_KEY))
    return records.encode([*asked, records.END])


def accept(message: bytes, wish: Wish) -> Agreement:
    """Read the server's answer to `request(wish)`. Raises Failure with the code of whatever is not right with it."""
    answer = records.decode(message)
    _refuse_errors(answer)
    _refuse_odd(answer)
    one = {record.type: record.body for record in answer}
    _check_protocol(one.get(RecordType.NEXT_PROTOCOL))
    return Agreement(
        aead=_chosen_aead(one.get(RecordType.AEAD), wish),
        cookies=_cookies(answer),
        server=_server(one.get(RecordType.SERVER)),
        port=_port(one.get(RecordType.PORT)),
        compliant_exporter=RecordType.COMPLIANT_EXPORTER in one and AES_128_GCM_SIV in wish.aeads,
        public_keys=signed.public_keys(answer) if wish.public_keys else (),
    )


def _refuse_errors(answer: Sequence[Record]) -> None:
    """First of all: a server that reports an error need not fill in the rest."""
    for record in answer:
        if record.type in (RecordType.ERROR, RecordType.WARNING):
            if len(record.body) != 2:
                raise Failure(Code.KE_MALFORMED_RECORD, record=record.type, length=len(record.body))
            number = int.from_bytes(record.body, "big")
            if record.type == RecordType.WARNING:  # none is registered, so none can be known to be harmless
                raise Failure(Code.KE_WARNING, number=number)
            raise Failure(ERRORS.get(number, Code.KE_ERROR_OTHER), number=number)


def _refuse_odd(answer: Sequence[Record]) -> None:
    counts = Counter(record.type for record in answer)
    for kind in ONCE:
        if counts[kind] > 1:
            raise Failure(Code.KE_DUPLICATE_RECORD, record=int(kind))
    for record in answer:
        if record.critical and record.type not in set(RecordType):
            raise Failure(Code.KE_UNKNOWN_CRITICAL, record=record.type)
    if answer[-1].body:
        raise Failure(Code.KE_MALFORMED_RECORD, record=answer[-1].type, length=len(answer[-1].body))


def _check_protocol(body: bytes | None) -> None:
    if body is None or NTPV4 not in records.words(body, record=RecordType.NEXT_PROTOCOL):
        raise Failure(Code.KE_NO_PROTOCOL)


def _chosen_aead(body: bytes | None, wish: Wish) -> int:
    chosen = records.words(body or b"", record=RecordType.AEAD)
    if not chosen:
        raise Failure(Code.KE_NO_AEAD)
    if len(chosen) != 1:
        raise Failure(Code.KE_MALFORMED_RECORD, record=int(RecordType.AEAD), length=len(chosen) * 2)
    if chosen[0] not in wish.aeads:
        raise Failure(Code.KE_AEAD_NOT_OFFERED, chosen=chosen[0])
    return chosen[0]


def _cookies(answer: Sequence[Record]) -> tuple[bytes, ...]:
    cookies = tuple(dict.fromkeys(record.body for record in answer if record.type == RecordType.NEW_COOKIE))
    if not cookies:
        raise Failure(Code.KE_NO_COOKIES)
    for cookie in cookies:
        if len(cookie) not in COOKIE_LENGTHS:
            raise Failure(Code.KE_BAD_COOKIE, length=len(cookie))
    return cookies[:MAX_COOKIES]


def _server(body: bytes | None) -> str | None:
    if body is None:
        return None
    if not 0 < len(body) <= 255 or not all(0x21 <= byte <= 0x7E for byte in body):
        raise Failure(Code.KE_MALFORMED_RECORD, record=int(RecordType.SERVER), length=len(body))
    return body.decode("ascii")


def _port(body: bytes | None) -> int | None:
    if body is None:
        return None
    if len(body) != 2 or body == b"\0\0":
        raise Failure(Code.KE_MALFORMED_RECORD, record=int(RecordType.PORT), length=len(body))
    return int(struct.unpack("!H", body)[0])
