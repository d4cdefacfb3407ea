"""CMS SignedData with signed attributes (CAdES-BES): the signature covers its time and names its certificate.

Because the certificate's hash is signed along, not a byte of the whole can be changed without breaking it.
"""

import hashlib
from datetime import datetime
from typing import Any

from asn1crypto import algos, cms, core, tsp, x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from security.pki.authority import Signer

SHA256 = {"algorithm": "sha256"}


def _attributes(kind: str, content: bytes, certificate: bytes, at: datetime | None) -> cms.CMSAttributes:
    named = tsp.SigningCertificateV2({"certs": [{"cert_hash": hashlib.sha256(certificate).digest()}]})
    found = [
        {"type": "content_type", "values": [kind]},
        {"type": "message_digest", "values": [hashlib.sha256(content).digest()]},
        {"type": "signing_certificate_v2", "values": [named]},
    ]
    if at is not None:
        found.append({"type": "signing_time", "values": [cms.Time({"utc_time": at.replace(microsecond=0)})]})
    return cms.CMSAttributes([cms.CMSAttribute(attribute) for attribute in found])


def sign(kind: str, content: bytes, signer: Signer, *, at: datetime | None, detached: bool) -> dict[str, Any]:
    """A ContentInfo for asn1crypto. `at` is left out where the content states its time itself."""
    certificate = signer.certificate.public_bytes(serialization.Encoding.DER)
    own = x509.Certificate.load(certificate)
    attributes = _attributes(kind, content, certificate, at)
    named = {"issuer": own.issuer, "serial_number": own.serial_number}
    info = cms.SignerInfo(
        {
            "version": "v1",
            "sid": cms.SignerIdentifier({"issuer_and_serial_number": named}),
            "digest_algorithm": algos.DigestAlgorithm(SHA256),
            "signed_attrs": attributes,
            "signature_algorithm": {"algorithm": "sha256_ecdsa"},
            "signature": signer.key.sign(attributes.dump(), ec.ECDSA(hashes.SHA256())),
        }
    )
    inner: dict[str, Any] = {"content_type": kind}
    if not detached:
        inner["content"] = core.ParsableOctetString(content)
    signed = cms.SignedData(
        {
            "version": "v1" if kind == "data" else "v3",
            "digest_algorithms": [SHA256],
            "encap_content_info": inner,
            "certificates": [own],
            "signer_infos": [info],
        }
    )
    return {"content_type": "signed_data", "content": signed}
