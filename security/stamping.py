"""RFC 3161: ask authorities for time stamps, check what they send against what was asked, keep the raw answer.

Two readers look at every answer: `rfc3161-client`, which is strict about DER, and our own verifier, which is what an
auditor will run. An answer that only the strict one dislikes the form of is kept; one whose content is wrong is not.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

from asn1crypto import tsp
from django.conf import settings
from rfc3161_client import VerifierBuilder, decode_timestamp_response
from rfc3161_client.errors import VerificationError

from security.models import TimestampAuthority
from security.outbound import Outbound, Unreachable, post
from security.pki import own_clock, profiles
from security.pki.authority import open_authority
from security.pki.errors import StampRefused
from security.verifying import cms
from security.verifying.der import DerError

QUERY, REPLY = "application/timestamp-query", "application/timestamp-reply"
LONGEST = 1 << 20
AHEAD = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Stamped:
    """The raw answer, as it came, and the time that it states."""

    body: bytes
    at: datetime


def ask(authority: TimestampAuthority, data: bytes, *, at: datetime) -> Stamped:
    """A time stamp over `data` by this authority; raise StampRefused for anything that we may not keep."""
    nonce = secrets.randbits(63) | 1 << 62
    try:
        answer = post(authority.url, _request(data, nonce), kind=QUERY, limit=LONGEST)
    except Unreachable as exc:
        raise StampRefused(authority.name, "unreachable", str(exc)) from exc
    return check(authority.name, authority.chain, data, answer, nonce=nonce, at=at)


def _request(data: bytes, nonce: int) -> bytes:
    imprint = {"hash_algorithm": {"algorithm": "sha256"}, "hashed_message": sha256(data).digest()}
    return bytes(
        tsp.TimeStampReq({"version": "v1", "message_imprint": imprint, "nonce": nonce, "cert_req": True}).dump()
    )


def check(name: str, chain: str, data: bytes, answer: Outbound, *, nonce: int, at: datetime) -> Stamped:
    """Bind the answer to the question: these bytes, this nonce, a chain to the known authority, a time not to come."""
    if answer.status != 200:
        raise StampRefused(name, "status", f"it answered {answer.status}")
    try:
        stamp = cms.read_stamp(answer.body)
    except (cms.CmsError, DerError, ValueError) as exc:
        raise StampRefused(name, "unreadable", f"its answer is no time stamp: {exc}") from exc
    if not cms.stamps(stamp, data):
        raise StampRefused(name, "imprint", "it stamped other bytes than those that were sent")
    if stamp.nonce != nonce:
        raise StampRefused(name, "nonce", "its answer belongs to another question")
    if stamp.at > at + AHEAD:
        raise StampRefused(name, "future", f"it states {stamp.at}, which is still to come")
    try:
        roots = cms.read_authorities(chain.encode("ascii"))
        cms.trust(stamp.signed, roots, stamp.at, purpose=cms.TIME_STAMPING)
        _second_opinion(answer.body, data, roots, nonce)
    except (cms.ForeignSigner, ValueError, VerificationError) as exc:
        raise StampRefused(name, "signer", str(exc)) from exc
    return Stamped(answer.body, stamp.at)


def _second_opinion(body: bytes, data: bytes, roots: list[Any], nonce: int) -> None:
    try:
        read = decode_timestamp_response(body)
    except ValueError:
        return  # a form that it is too strict for, which openssl and our own verifier accept
    VerifierBuilder(roots=roots, nonce=nonce).build().verify_message(read, data)


def stamp_for_export(data: bytes, *, at: datetime) -> bytes:
    """For SHA256SUMS: the first outside authority that answers, else our own clock, which says so itself."""
    for authority in TimestampAuthority.objects.filter(is_asked=True).exclude(url="").order_by("id"):
        try:
            return ask(authority, data, at=at).body
        except StampRefused:
            continue
    return stamp_by_own_clock(data, at=at)


def stamp_by_own_clock(data: bytes, *, at: datetime) -> bytes:
    own = open_authority(Path(settings.MERIDIAN_HOME), settings.ORGANISATION, at=at)
    return own_clock.stamp(data, own.signer(profiles.TIME_STAMPS, at=at), at=at)
