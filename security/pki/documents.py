"""Sign a document: CMS, detached, DER. `openssl cms -verify -binary` reads it."""

from datetime import datetime

from asn1crypto import cms

from security.pki import envelope
from security.pki.authority import Signer


def sign_detached(data: bytes, signer: Signer, *, at: datetime) -> bytes:
    """The signer's certificate goes in, the authority's does not: it reaches the verifier by another way."""
    return bytes(cms.ContentInfo(envelope.sign("data", data, signer, at=at, detached=True)).dump())
