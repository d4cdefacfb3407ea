"""Certificates, keys, requests and lists as people bring them: read strictly, refused with the rule that they break."""

from datetime import datetime

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

from security.errors import CertificateRefused

# 112 bits of security: what edition 2.2.1 of the security document asks of every key.
RSA_BITS, EC_BITS = 2048, 224
PublicKey = rsa.RSAPublicKey | ec.EllipticCurvePublicKey
PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


def certificates(data: bytes) -> list[x509.Certificate]:
    """All of a PEM file, or the one of a DER file. Raise CertificateRefused."""
    try:
        if b"-----BEGIN" in data:
            return x509.load_pem_x509_certificates(data)
        return [x509.load_der_x509_certificate(data)]
    except (ValueError, UnsupportedAlgorithm) as exc:
        raise CertificateRefused("the file holds no certificate that can be read, neither PEM nor DER") from exc


def request(data: bytes) -> x509.CertificateSigningRequest:
    """A request that its own key has signed. Raise CertificateRefused."""
    load = x509.load_pem_x509_csr if b"-----BEGIN" in data else x509.load_der_x509_csr
    try:
        csr = load(data)
        valid = csr.is_signature_valid
    except (ValueError, UnsupportedAlgorithm) as exc:
        raise CertificateRefused("the file holds no certificate request that can be read") from exc
    if not valid:
        raise CertificateRefused("the request is not signed by the key that it names: whoever sent it may not have it")
    check_strength(csr.public_key())
    return csr


def revocation_list(data: bytes) -> x509.CertificateRevocationList:
    load = x509.load_pem_x509_crl if b"-----BEGIN" in data else x509.load_der_x509_crl
    try:
        return load(data)
    except (ValueError, UnsupportedAlgorithm) as exc:
        raise CertificateRefused("the file holds no revocation list that can be read") from exc


def private_key(data: bytes) -> PrivateKey:
    try:
        key = serialization.load_pem_private_key(data, None)
    except TypeError as exc:
        raise CertificateRefused("the private key is protected by a passphrase: give it without one") from exc
    except (ValueError, UnsupportedAlgorithm) as exc:
        raise CertificateRefused("the file holds no private key in PEM that can be read") from exc
    if not isinstance(key, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey):
        raise CertificateRefused("the private key is neither RSA nor of an elliptic curve")
    return key


def check_strength(key: object) -> PublicKey:
    """Raise CertificateRefused for less than 112 bits of security."""
    if isinstance(key, rsa.RSAPublicKey):
        if key.key_size < RSA_BITS:
            raise CertificateRefused(f"an RSA key of {key.key_size} bits is too weak: {RSA_BITS} at least")
        return key
    if isinstance(key, ec.EllipticCurvePublicKey):
        if key.key_size < EC_BITS:
            raise CertificateRefused(f"a curve of {key.key_size} bits is too weak: {EC_BITS} at least")
        return key
    raise CertificateRefused("the key is neither RSA nor of an elliptic curve")


def check_dates(certificate: x509.Certificate, *, at: datetime) -> None:
    if not certificate.not_valid_before_utc <= at <= certificate.not_valid_after_utc:
        span = f"{certificate.not_valid_before_utc:%Y-%m-%d} to {certificate.not_valid_after_utc:%Y-%m-%d}"
        raise CertificateRefused(f"the certificate is valid from {span}, and not now")


def is_authority(certificate: x509.Certificate) -> bool:
    try:
        return certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except x509.ExtensionNotFound:
        return False


def fingerprint(certificate: x509.Certificate) -> str:
    return certificate.fingerprint(hashes.SHA256()).hex()


def serial(certificate: x509.Certificate) -> str:
    return format(certificate.serial_number, "x")


def common_name(name: x509.Name) -> str:
    found = name.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(found[0].value) if found else ""


def pem(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(serialization.Encoding.PEM).decode("ascii")
