"""Sign a document: CMS, detached, DER. `openssl cms -verify -binary` reads it."""

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.serialization import pkcs7

from security.pki.authority import Signer


def sign_detached(data: bytes, signer: Signer) -> bytes:
    """The signer's certificate goes in, the authority's does not: it reaches the verifier by another way."""
    builder = pkcs7.PKCS7SignatureBuilder().set_data(data)
    builder = builder.add_signer(signer.certificate, signer.key, hashes.SHA256())
    options = [pkcs7.PKCS7Options.Binary, pkcs7.PKCS7Options.DetachedSignature, pkcs7.PKCS7Options.NoCapabilities]
    return builder.sign(serialization.Encoding.DER, options)
