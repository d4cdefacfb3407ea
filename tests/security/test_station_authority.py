"""A certificate is found by what people have at hand: its serial number or its fingerprint, however written."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from security.errors import CertificateRefused, CertificateUnknown
from security.models import Certificate
from security.pki import reading, station_authority
from tests import factories
from tests.stations.gateway.authority import Authority

pytestmark = pytest.mark.django_db


def issued(folder: Path) -> Iterator[x509.Certificate]:
    authority = Authority(folder)
    while True:
        yield x509.load_pem_x509_certificate(authority.issue("E1").files[0].read_bytes())


def kept(made: x509.Certificate) -> Certificate:
    return station_authority.keep(
        made,
        owner="station:E1",
        purpose=Certificate.Purpose.STATION,
        by="operator:ada",
        at=factories.NOW,
        issued_here=True,
    )


def test_a_fingerprint_that_begins_with_a_zero_is_found_too(tmp_path: Path) -> None:
    row = kept(next(made for made in issued(tmp_path) if reading.fingerprint(made).startswith("0")))
    assert station_authority.find(row.fingerprint) == row


def test_serial_and_fingerprint_are_found_however_written(tmp_path: Path) -> None:
    row = kept(next(issued(tmp_path)))
    pairs = ":".join(row.fingerprint[at : at + 2] for at in range(0, 64, 2)).upper()
    for said in (row.fingerprint, pairs, row.serial, f"00{row.serial.upper()}", f" {row.serial}\n"):
        assert station_authority.find(said) == row
    with pytest.raises(CertificateUnknown):
        station_authority.find("00ff")


def request_of(name: str, key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey) -> bytes:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    made = x509.CertificateSigningRequestBuilder().subject_name(subject).sign(key, hashes.SHA256())
    return made.public_bytes(serialization.Encoding.PEM)


def sign(csr: bytes) -> x509.Certificate:
    row = station_authority.issue_for_station("E1", csr, by="operator:ada", at=factories.NOW)
    return x509.load_pem_x509_certificate(row.pem.encode())


@pytest.mark.requirement("C02")
@pytest.mark.requirement("C03")
@pytest.mark.requirement("C06")
def test_a_certificate_says_who_it_is_and_for_what(home: Path) -> None:
    made = sign(request_of("E1", ec.generate_private_key(ec.SECP256R1())))
    authority = station_authority.open_authority(at=factories.NOW)
    assert made.subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value == "E1"
    assert made.subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)
    assert made.extensions.get_extension_for_class(x509.KeyUsage).value.digital_signature
    usages = made.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert list(usages) == [ExtendedKeyUsageOID.CLIENT_AUTH]
    assert made.signature_hash_algorithm is not None
    assert made.signature_hash_algorithm.name == "sha256"
    made.verify_directly_issued_by(authority.certificate)
    assert authority.key.key_size >= 224


@pytest.mark.requirement("C02")
@pytest.mark.parametrize(
    "key",
    [rsa.generate_private_key(65537, 1024), ec.generate_private_key(ec.SECP192R1())],
    ids=["RSA of 1024 bits", "curve of 192 bits"],
)
def test_a_key_that_is_too_weak_is_not_signed(home: Path, key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey) -> None:
    with pytest.raises(CertificateRefused):
        sign(request_of("E1", key))
    assert not Certificate.objects.exists()


@pytest.mark.requirement("C06")
def test_a_request_for_another_station_or_by_another_key_is_not_signed(home: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    with pytest.raises(CertificateRefused):
        sign(request_of("E2", key))
    der = bytearray(x509.load_pem_x509_csr(request_of("E1", key)).public_bytes(serialization.Encoding.DER))
    der[-5] ^= 1
    with pytest.raises(CertificateRefused):
        sign(bytes(der))


@pytest.mark.requirement("C09")
def test_a_revoked_number_is_on_the_list_that_the_authority_signs(home: Path) -> None:
    made = sign(request_of("E1", ec.generate_private_key(ec.SECP256R1())))
    row = station_authority.find(reading.serial(made))
    station_authority.revoke(row, by="operator:ada", at=factories.NOW, reason="lost")
    listed = reading.revocation_list(station_authority.revocation_list(at=factories.NOW).encode())
    assert [line.serial_number for line in listed] == [made.serial_number]
    key = station_authority.open_authority(at=factories.NOW).certificate.public_key()
    assert isinstance(key, ec.EllipticCurvePublicKey)
    assert listed.is_signature_valid(key)
