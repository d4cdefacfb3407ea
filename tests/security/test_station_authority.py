"""A certificate is found by what people have at hand: its serial number or its fingerprint, however written."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography import x509

from security.errors import CertificateUnknown
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
