"""Time stamps by the console's own clock (RFC 3161), for installations that have no outside authority.

Honest about what it is: the certificate says "by the console's own clock", and the policy number is our own. It lets
the same tools check every export; it does not prove to anybody that our clock was right.
"""

import hashlib
import secrets
from datetime import datetime

from asn1crypto import algos, cms, core, tsp, x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from security.pki.authority import Signer

# Under the arc 2.25 (UUID), so that it needs no registration and cannot meet another one's.
POLICY = "2.25.255014529838231098532478420498093921651"
SHA256 = {"algorithm": "sha256"}


def _statement(digest: bytes, serial: int, nonce: int | None, at: datetime) -> bytes:
    fields = {
        "version": "v1",
        "policy": POLICY,
        "message_imprint": {"hash_algorithm": SHA256, "hashed_message": digest},
        "serial_number": serial,
        "gen_time": at.replace(microsecond=0),
        "ordering": False,
    }
    if nonce is not None:
        fields["nonce"] = nonce
    return bytes(tsp.TSTInfo(fields).dump())


def _attributes(content: bytes, certificate: bytes) -> cms.CMSAttributes:
    named = tsp.SigningCertificateV2({"certs": [{"cert_hash": hashlib.sha256(certificate).digest()}]})
    return cms.CMSAttributes(
        [
            cms.CMSAttribute({"type": "content_type", "values": ["tst_info"]}),
            cms.CMSAttribute({"type": "message_digest", "values": [hashlib.sha256(content).digest()]}),
            cms.CMSAttribute({"type": "signing_certificate_v2", "values": [named]}),
        ]
    )


def stamp(data: bytes, signer: Signer, *, at: datetime, nonce: int | None = None) -> bytes:
    """A whole time-stamp response over `data`, as an authority would send it."""
    content = _statement(hashlib.sha256(data).digest(), secrets.randbits(127) + 1, nonce, at)
    certificate = signer.certificate.public_bytes(serialization.Encoding.DER)
    own = x509.Certificate.load(certificate)
    attributes = _attributes(content, certificate)
    info = cms.SignerInfo(
        {
            "version": "v1",
            "sid": cms.SignerIdentifier(
                {"issuer_and_serial_number": {"issuer": own.issuer, "serial_number": own.serial_number}}
            ),
            "digest_algorithm": algos.DigestAlgorithm(SHA256),
            "signed_attrs": attributes,
            "signature_algorithm": {"algorithm": "sha256_ecdsa"},
            "signature": signer.key.sign(attributes.dump(), ec.ECDSA(hashes.SHA256())),
        }
    )
    signed = cms.SignedData(
        {
            "version": "v3",
            "digest_algorithms": [SHA256],
            "encap_content_info": {"content_type": "tst_info", "content": core.ParsableOctetString(content)},
            "certificates": [own],
            "signer_infos": [info],
        }
    )
    response = {
        "status": {"status": "granted"},
        "time_stamp_token": {"content_type": "signed_data", "content": signed},
    }
    return bytes(tsp.TimeStampResp(response).dump())
