"""report.pdf: signed, whole, bounded, and in words that people read right."""

import io
import json
from pathlib import Path

import pytest
from asn1crypto import pem, x509
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko_certvalidator import ValidationContext

from security.bundling.report import MOST_ROWS, Report, Row
from security.bundling.source import Span
from security.merkle.checkpoint import Checkpoint
from tests.security.bundles import NOW, Bench, members
from tests.sim.logbook import PaperBook


def test_it_is_signed_by_the_house_as_a_whole(bench: Bench, whole: Path) -> None:
    signature = PdfFileReader(io.BytesIO(members(whole)["report.pdf"])).embedded_signatures[0]
    root = x509.Certificate.load(pem.unarmor(bench.authority.pem())[2])
    told = validate_pdf_signature(signature, ValidationContext(trust_roots=[root], allow_fetching=False))
    assert (told.intact, told.valid, told.trusted) == (True, True, True)
    assert told.coverage.name == "ENTIRE_FILE"


@pytest.mark.parametrize(
    ("payload", "words"),
    [
        ({"delta_ns": 7_200_000_000}, "delta +7.200000 s"),
        ({"delta_ns": -1_500_000}, "delta -0.001500 s"),
        ({"n": 0}, "n 0"),
        ({"n": 1, "told": True, "why": None}, "n 1, told yes, why none"),
        ({"tag": {"commitment": "00" * 32}}, "tag (withheld)"),
        ({"open_sessions": ["a", "b"]}, 'open sessions ["a", "b"]'),
    ],
)
def test_facts_in_words(payload: dict[str, object], words: str) -> None:
    book = PaperBook()
    book.append(payload=payload)
    assert Row.of(book.entries[0]).facts == words


def test_a_long_book_gives_a_short_report() -> None:
    book = PaperBook()
    book.append("text.entered", {"text": "ä→漢" * 200})
    report = Report("Größe & Söhne", book.book, book.origin, Span(0, 9), Checkpoint(book.origin, 1, b"\0" * 32), NOW)
    line = json.dumps(json.loads(book.entries[0])).encode()
    for _ in range(MOST_ROWS + 100):
        if report.wants(line):
            report.take(Row.of(line))
    assert (len(report.rows), report.seen) == (MOST_ROWS, MOST_ROWS + 100)
    assert report.pdf() == report.pdf()  # the same entries give the same bytes
