"""What is to be probed and how: plain values, given by whoever keeps the list of sources."""

from dataclasses import dataclass, field
from enum import StrEnum

from timesync.nts.aead import AES_SIV_CMAC_256, AES_SIV_CMAC_512
from timesync.nts.association import Association
from timesync.nts.establishment import PORT
from timesync.nts.measure import Limits
from timesync.nts.pacing import Attempts


class Protection(StrEnum):
    NTS = "nts"
    CHANNEL = "channel"  # NTP inside a TLS connection to a Smart Meter Gateway
    NONE = "none"  # plain NTP: only where an operator says so


@dataclass(frozen=True, slots=True)
class Identity:
    """Our own certificate and key, for servers that want to know who asks."""

    certificate_pem: bytes
    key_pem: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Target:
    """One time source. `port` is that of the first contact: key establishment under NTS, else NTP itself."""

    name: str
    host: str
    port: int = PORT
    protection: Protection = Protection.NTS
    anchors_pem: bytes = b""
    system_anchors: bool = False  # also trust what the system trusts; off, or any public authority could vouch
    aeads: tuple[int, ...] = (AES_SIV_CMAC_256, AES_SIV_CMAC_512)
    wished_server: str | None = None
    wished_port: int | None = None
    allow_private: bool = False  # may `host` lie in a private network or on this machine
    allow_private_redirect: bool = False  # may key establishment send us elsewhere in there
    signed_responses: bool = False
    identity: Identity | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """How one probe goes. Times are seconds."""

    queries: int = 4
    patience: float = 1.0  # for one reply
    connect: float = 3.0
    establish: float = 5.0  # TLS and key establishment together
    spacing: tuple[float, float] = (0.002, 0.05)  # between two queries, at random
    interleave: bool = True
    kernel_stamps: bool = True
    limits: Limits = field(default_factory=Limits)


@dataclass(frozen=True, slots=True)
class Memory:
    """What is kept of a source from one probe to the next. The association holds keys: encrypt it at rest."""

    association: Association | None = None
    attempts: Attempts = field(default_factory=Attempts)
