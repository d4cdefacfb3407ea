"""report.pdf: the bundle for people. What, from when to when, by which clock, the entries, the clock adjustments."""

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from fpdf import FPDF
from fpdf.enums import XPos, YPos

from security.bundling.plot import Point, draw
from security.bundling.source import Span
from security.merkle.checkpoint import Checkpoint

MOST_ROWS, MOST_POINTS = 400, 5_000
ADJUSTED = "clock.adjusted"
INK, QUIET, RULE = (24, 28, 33), (96, 104, 112), (200, 205, 210)
NEXT: dict[str, Any] = {"new_x": XPos.LMARGIN, "new_y": YPos.NEXT}


@dataclass(frozen=True, slots=True)
class Row:
    sequence: int
    at: str
    kind: str
    subject: str
    actor: str
    clock: str
    facts: str
    delta_ns: int | None

    @classmethod
    def of(cls, line: bytes) -> "Row":
        entry = json.loads(line)
        payload = entry["payload"]
        delta = payload.get("delta_ns") if entry["kind"] == ADJUSTED else None
        return cls(
            sequence=entry["sequence"],
            at=entry["at"],
            kind=entry["kind"],
            subject=entry["subject"],
            actor=entry["actor"],
            clock=_clock(entry["clock"]),
            facts=", ".join(_fact(name, value) for name, value in sorted(payload.items())),
            delta_ns=delta if isinstance(delta, int) else None,
        )


def _fact(name: str, value: Any) -> str:
    """A member of the payload in words; nanoseconds as seconds, since nobody reads nine zeros right."""
    if name.endswith("_ns") and type(value) is int:
        return f"{name[:-3].replace('_', ' ')} {'+' if value > 0 else ''}{value / 1e9:.6f} s"
    return f"{name.replace('_', ' ')} {_plain(value)}"


def _plain(value: Any) -> str:
    if isinstance(value, dict) and set(value) == {"commitment"}:
        return "(withheld)"
    if isinstance(value, (dict, list)):
        return json.dumps(value, ensure_ascii=False)
    if value is None or isinstance(value, bool):
        return {None: "none", True: "yes", False: "no"}[value]
    return str(value)


def _clock(clock: dict[str, Any]) -> str:
    bound = clock.get("bound_ns")
    known = f", at most {bound / 1e6:.3f} ms off" if isinstance(bound, int) else ""
    return f"{clock.get('state', 'unknown')}{known} ({clock.get('source', 'unknown')})"


@dataclass
class Report:
    """Collects while the entries stream by; holds a bounded number of them."""

    organisation: str
    book: str
    origin: str
    span: Span
    head: Checkpoint
    at: datetime
    rows: list[Row] = field(default_factory=list)
    points: list[Point] = field(default_factory=list)
    seen: int = 0

    def wants(self, line: bytes) -> bool:
        self.seen += 1
        return len(self.rows) < MOST_ROWS or (ADJUSTED.encode() in line and len(self.points) < MOST_POINTS)

    def take(self, row: Row) -> None:
        if len(self.rows) < MOST_ROWS:
            self.rows.append(row)
        if row.delta_ns is not None and len(self.points) < MOST_POINTS:
            self.points.append(Point(datetime.fromisoformat(row.at), row.delta_ns))

    def pdf(self) -> bytes:
        page = FPDF(format="A4")
        page.set_creation_date(self.at)
        page.set_title(f"Log book {self.book}")
        page.set_author(self.organisation)
        page.set_lang("en")
        page.set_margins(18, 18)
        page.set_auto_page_break(True, 18)
        page.add_page()
        self._write_head(page)
        if self.points:
            _heading(page, "Adjustments of clocks / Uhrenstellungen")
            draw(page, self.points)
        self._write_rows(page)
        self._write_checking(page)
        return bytes(page.output())

    def _write_head(self, page: FPDF) -> None:
        page.set_text_color(*INK)
        page.set_font("helvetica", "B", 18)
        page.cell(0, 10, _latin(f"Log book: {self.book}"), **NEXT)
        _text(page, f"Logbuch: {self.book} · {self.organisation}", quiet=True)
        subject = f", only those about {self.span.subject}" if self.span.subject else ", without gap"
        first, last = (self.rows[0].at, self.rows[-1].at) if self.rows else ("-", "-")
        last = last if self.seen <= len(self.rows) else "see entries.jsonl"
        facts = [
            ("Origin / Herkunft", self.origin),
            ("Entries / Einträge", f"{self.span.first} to {self.span.last}{subject}; {self.seen} in this bundle"),
            ("Stated times / Zeiten", f"{first} to {last} (UTC)"),
            ("By which clock / Uhr", self.rows[0].clock if self.rows else "-"),
            ("Sealed / Gesiegelt", f"tree of {self.head.size} entries, root\n{self.head.root.hex()}"),
            ("Made / Erstellt", self.at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")),
        ]
        for label, value in facts:
            page.set_font("helvetica", "B", 9)
            page.cell(42, 5, _latin(label))
            page.set_font("helvetica", "", 9)
            page.multi_cell(0, 5, _latin(value), align="L", **NEXT)

    def _write_rows(self, page: FPDF) -> None:
        _heading(page, "Entries / Einträge")
        if self.seen > len(self.rows):
            _text(page, f"The first {len(self.rows)} of {self.seen}; all are in entries.jsonl.", quiet=True)
        page.set_font("helvetica", "", 7)
        page.set_draw_color(*RULE)
        page.set_fill_color(255)
        with page.table(
            col_widths=(12, 38, 22, 32, 30, 40), line_height=3.6, borders_layout="HORIZONTAL_LINES", text_align="LEFT"
        ) as table:
            table.row(("No.", "Stated time (UTC)", "Kind", "About", "By", "What"))
            for row in self.rows:
                facts = row.facts if len(row.facts) <= 300 else row.facts[:299] + "…"
                at = row.at[:-1].replace("T", " ")
                table.row([_latin(cell) for cell in (str(row.sequence), at, row.kind, row.subject, row.actor, facts)])

    def _write_checking(self, page: FPDF) -> None:
        _heading(page, "How to check / So wird geprüft")
        _text(
            page,
            "This page is a view for people. What counts is entries.jsonl beside it. Check the whole bundle with "
            "python3 verify.py BUNDLE.zip --trust policy.txt --ca ca.pem, with a policy that you got by another way; "
            "README.txt explains each step, also with openssl alone.",
        )
        _text(
            page,
            "Diese Seiten sind eine Ansicht für Menschen. Maßgeblich ist entries.jsonl daneben. README.txt beschreibt "
            "die Prüfung Schritt für Schritt, auch nur mit openssl.",
        )


def _latin(text: str) -> str:
    """The fonts that every PDF reader has know Latin-1 only; what they cannot show is shown as a question mark."""
    known = text.replace("…", "...").replace("–", "-").replace("’", "'")
    return known.encode("latin-1", "replace").decode("latin-1")


def _heading(page: FPDF, text: str) -> None:
    page.ln(4)
    page.set_text_color(*INK)
    page.set_font("helvetica", "B", 12)
    page.cell(0, 8, _latin(text), **NEXT)


def _text(page: FPDF, text: str, *, quiet: bool = False) -> None:
    page.set_text_color(*(QUIET if quiet else INK))
    page.set_font("helvetica", "", 9)
    page.multi_cell(0, 4.6, _latin(text), align="L", **NEXT)
    page.set_text_color(*INK)
    page.ln(1)
