"""Opened personal values against the commitments in the entries."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from security.merkle.canonical import LONGEST
from security.verifying.container import Bundle

NAME = "openings.jsonl"
MEMBERS = {"field", "salt", "sequence", "value"}


def commitment(salt: bytes, name: str, value: str) -> bytes:
    return hashlib.sha256(b"\x02" + salt + name.encode("utf-8") + b"\x00" + value.encode("utf-8")).digest()


class Openings:
    """What openings.jsonl says, as commitments to look for: 32 bytes a value, so that a long list stays small."""

    def __init__(self, bundle: Bundle) -> None:
        self.report = bundle.report
        self.waiting: dict[int, list[tuple[str, bytes]]] = {}
        self.count = 0
        if NAME in bundle:
            self._read(bundle)

    def _read(self, bundle: Bundle) -> None:
        number = 0
        with bundle.open(NAME) as stream:
            while line := stream.readline(LONGEST):
                number += 1
                try:
                    self._take(json.loads(line), line)
                except (ValueError, KeyError, TypeError, AttributeError):
                    self.report.add("opening-malformed", f"{NAME} line {number}", line=number, why="not an opening")

    def _take(self, opening: dict[str, Any], line: bytes) -> None:
        salt = bytes.fromhex(opening["salt"])
        if set(opening) != MEMBERS or len(salt) != 32 or type(opening["sequence"]) is not int or line[-1:] != b"\n":
            raise ValueError
        made = commitment(salt, opening["field"], opening["value"])
        self.waiting.setdefault(opening["sequence"], []).append((opening["field"], made))
        self.count += 1

    def check(self, sequence: int, payload: dict[str, Any]) -> None:
        for name, made in self.waiting.pop(sequence):
            held = payload.get(name)
            if not isinstance(held, dict) or held.get("commitment") != made.hex():
                self.report.add("opening-fails", f"entry {sequence}", sequence=sequence, field=name)

    def finish(self) -> None:
        for sequence in sorted(self.waiting):
            self.report.add("opening-elsewhere", NAME, sequence=sequence)
        if self.count and not self.waiting and "opening-fails" not in self.report.counts:
            self.report.add("openings-good", NAME, count=self.count)
