"""What a probe found: frozen values, evidence with them, never a key. Cookies only as they went over the wire."""

from dataclasses import dataclass, field
from enum import StrEnum

from timesync.client.targets import Memory, Protection
from timesync.nts.codes import Code
from timesync.nts.failures import Fact, Failure
from timesync.nts.keys import Provenance
from timesync.nts.measure import Sample
from timesync.nts.signed import Signature


class StampSource(StrEnum):
    """Who read the clock. The kernel does it while the packet passes, the program whenever it gets to run."""

    KERNEL = "kernel"
    PROGRAM = "program"


@dataclass(frozen=True, slots=True)
class Stamp:
    ns: int
    source: StampSource


@dataclass(frozen=True, slots=True)
class Trouble:
    """A failure as it is kept and shown."""

    code: Code
    facts: tuple[tuple[str, Fact], ...] = ()

    @classmethod
    def of(cls, failure: Failure) -> "Trouble":
        return cls(failure.code, tuple(sorted(failure.facts.items())))


@dataclass(frozen=True, slots=True)
class Dropped:
    """A datagram that was not accepted as a reply."""

    datagram: bytes
    trouble: Trouble


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request and what came of it. `reply`, `home` and `sample` are None if nothing acceptable came.

    In interleaved mode the sample of an exchange is only complete with the next reply.
    """

    request: bytes
    sent: Stamp
    reply: bytes | None = None
    home: Stamp | None = None
    sample: Sample | None = None
    is_authenticated: bool = False
    signature: Signature | None = None
    dropped: tuple[Dropped, ...] = ()
    trouble: Trouble | None = None


@dataclass(frozen=True, slots=True)
class SeenCertificate:
    """A certificate that a server showed, leaf first in its chain."""

    sha256: str
    key_sha256: str  # of its SubjectPublicKeyInfo: survives a renewal with the same key
    subject: str
    issuer: str
    not_before_s: int
    not_after_s: int


@dataclass(frozen=True, slots=True)
class Establishment:
    """A key establishment that succeeded. The answer's hash stands for it, since it holds unused cookies."""

    host: str
    address: str
    port: int
    certificates: tuple[SeenCertificate, ...]
    tls_version: str
    aead: int
    compliant_exporter: bool
    key_id: str
    provenance: Provenance
    cookies: int
    ntp_host: str
    ntp_port: int
    answer_sha256: str
    connect_ns: int  # TCP: a round trip that NTP's delay can be held against
    handshake_ns: int
    answer_ns: int


@dataclass(frozen=True, slots=True)
class Probe:
    """All about one visit to one source. `best` is None if no exchange gave a sample."""

    target: str
    protection: Protection
    started_ns: int
    address: str | None = None
    establishment: Establishment | None = None
    exchanges: tuple[Exchange, ...] = ()
    best: Sample | None = None
    jitter_ns: int = 0
    troubles: tuple[Trouble, ...] = ()
    memory: Memory = field(default_factory=Memory, repr=False)

    @property
    def is_authenticated(self) -> bool:
        return self.best is not None and self.protection != Protection.NONE

    @property
    def samples(self) -> tuple[Sample, ...]:
        return tuple(exchange.sample for exchange in self.exchanges if exchange.sample)
