"""Sign a PDF (PAdES) with a certificate of the built-in authority."""

import io

from asn1crypto import keys, x509
from cryptography.hazmat.primitives import serialization
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import fields, signers
from pyhanko_certvalidator.registry import SimpleCertificateStore

from security.pki.authority import Signer

FIELD = "Signature"


def sign_pdf(document: bytes, signer: Signer, *, reason: str) -> bytes:
    der = serialization.Encoding.DER
    certificate = x509.Certificate.load(signer.certificate.public_bytes(der))
    key = keys.PrivateKeyInfo.load(
        signer.key.private_bytes(der, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    pen = signers.SimpleSigner(signing_cert=certificate, signing_key=key, cert_registry=SimpleCertificateStore())  # type: ignore[no-untyped-call]
    metadata = signers.PdfSignatureMetadata(
        field_name=FIELD, md_algorithm="sha256", subfilter=fields.SigSeedSubFilter.PADES, reason=reason
    )
    signed = signers.sign_pdf(IncrementalPdfFileWriter(io.BytesIO(document)), metadata, pen)
    return bytes(signed.getvalue())
