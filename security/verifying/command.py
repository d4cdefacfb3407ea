"""The command line of the verifier: `verify.py FILE --trust POLICY [--ca PEM] [--previous CHECKPOINT] [--json]`."""

from __future__ import annotations

import argparse
import json
import sys
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import NoReturn

from security.verifying.entries import DEPTHS
from security.verifying.examine import TOLERANCE, Trust, TrustUnreadable, examine
from security.verifying.findings import Report

EXITS = {"good": 0, "tampered": 1, "undecided": 3}
WRONG_USAGE = 2
SIGNS = {"bad": "✗", "unclear": "?", "warning": "!", "note": "·", "good": "✓"}
WORDS = {
    "good": (
        "GOOD: nothing in it was changed, removed or reordered.",
        "GUT: nichts wurde geändert, entfernt oder umgestellt.",
    ),
    "tampered": ("TAMPERED: this is not what was recorded.", "VERFÄLSCHT: das ist nicht, was aufgezeichnet wurde."),
    "undecided": ("UNDECIDED: it cannot be told. This is not a success.", "UNENTSCHIEDEN. Das ist kein Erfolg."),
}


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        self.print_usage(sys.stderr)
        self.exit(WRONG_USAGE, f"{self.prog}: {message}\n")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="verify.py",
        description="Check an exported log book without the console that made it.",
        epilog="Exit status: 0 good, 1 tampered, 2 wrong usage, 3 cannot decide. Cannot decide is never a success.",
    )
    parser.add_argument("file", help="the bundle: the zip, or the folder that it was unpacked into")
    parser.add_argument("--trust", metavar="POLICY", help="the log book's policy, which you got by another way")
    parser.add_argument("--ca", metavar="PEM", action="append", default=[], help="authority of signature and stamps")
    parser.add_argument("--previous", metavar="CHECKPOINT", help="an earlier checkpoint of the same book that you kept")
    parser.add_argument("--tolerance", metavar="SECONDS", type=int, default=int(TOLERANCE.total_seconds()))
    parser.add_argument("--depth", choices=DEPTHS, default="full", help="how closely to look at each entry")
    parser.add_argument("--lang", choices=("en", "de"), default="en")
    parser.add_argument("--json", action="store_true", help="one JSON document on standard output")
    return parser


def main(arguments: list[str] | None = None) -> int:
    given = _parser().parse_args(arguments)
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(encoding="utf-8", errors="replace")
    try:
        trust = Trust(
            policy=Path(given.trust).read_bytes() if given.trust else None,
            authorities=b"\n".join(Path(name).read_bytes() for name in given.ca),
            previous=Path(given.previous).read_bytes() if given.previous else None,
            tolerance=timedelta(seconds=given.tolerance),
        )
        now = datetime.now(timezone.utc)
        report = examine(given.file, trust, now=now, depth=given.depth, language=given.lang)
    except (OSError, TrustUnreadable) as exc:
        print(f"verify.py: {exc}", file=sys.stderr)
        return WRONG_USAGE
    tell(report, as_json=given.json)
    return EXITS[report.verdict()]


def tell(report: Report, *, as_json: bool) -> None:
    findings = report.findings()
    if as_json:
        document = {"verdict": report.verdict(), "findings": [finding.as_json() for finding in findings]}
        print(json.dumps(document, ensure_ascii=False, indent=2))
        return
    for finding in findings:
        print(f"{SIGNS[finding.level]} {finding.text}")
    print()
    print(WORDS[report.verdict()][report.language == "de"])
