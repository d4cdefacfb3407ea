"""Time stamps by the console's own clock (RFC 3161), for installations that have no outside authority.

Honest about what it is: the certificate says "by the console's own clock", and the policy number is our own. It lets
the same tools check every export; it does not prove to anybody that our clock was right.
"""

import hashlib
import secrets
from datetime import datetime

from asn1crypto import tsp

from security.pki import envelope
from security.pki.authority import Signer

# Under the arc 2.25 (UUID), so that it needs no registration and cannot meet another one's.
POLICY = "2.25.255014529838231098532478420498093921651"


def _statement(digest: bytes, serial: int, nonce: int | None, at: datetime) -> bytes:
    fields = {
        "version": "v1",
        "policy": POLICY,
        "message_imprint": {"hash_algorithm": envelope.SHA256, "hashed_message": digest},
        "serial_number": serial,
        "gen_time": at.replace(microsecond=0),
        "ordering": False,
    }
    if nonce is not None:
        fields["nonce"] = nonce
    return bytes(tsp.TSTInfo(fields).dump())


def stamp(data: bytes, signer: Signer, *, at: datetime, nonce: int | None = None) -> bytes:
    """A whole time-stamp response over `data`, as an authority would send it."""
    content = _statement(hashlib.sha256(data).digest(), secrets.randbits(127) + 1, nonce, at)
    token = envelope.sign("tst_info", content, signer, at=None, detached=False)
    return bytes(tsp.TimeStampResp({"status": {"status": "granted"}, "time_stamp_token": token}).dump())
