"""The output of each process: whole in MERIDIAN_HOME/run/NAME.log, what matters as readable lines on the terminal.

A process writes straight into its file, so a stopped or busy supervisor never holds it up. The file is opened for
appending only: when it has grown too long its content moves to NAME.log.1 and it is cut to nothing under the process,
which goes on writing at the new end. A line written in the instant between copy and cut is lost; a full disk is worse.
"""

import json
import os
import shutil
from dataclasses import dataclass
from pathlib import Path

LIMIT = 5_000_000
LOUD = {"WARNING", "ERROR", "CRITICAL"}
TAIL = 64_000


@dataclass
class Journal:
    path: Path
    read_to: int = 0

    @classmethod
    def at(cls, path: Path) -> "Journal":
        """Old output stays in the file, but is not told again."""
        return cls(path, path.stat().st_size if path.exists() else 0)

    def open(self) -> int:
        """A descriptor for the process to write to; the caller closes its own copy."""
        return os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    def news(self) -> list[str]:
        """The whole lines since the last call that a person at the terminal should see."""
        try:
            size = self.path.stat().st_size
        except FileNotFoundError:
            return []
        if size < self.read_to:
            self.read_to = 0
        start = max(self.read_to, size - TAIL)
        with self.path.open("rb") as file:
            file.seek(start)
            text = file.read(size - start)
        whole, found, _ = text.rpartition(b"\n")
        self.read_to = start + len(whole) + len(found)
        self._bound(size)
        return [line for raw in whole.splitlines() if (line := readable(raw.decode("utf-8", "replace")))]

    def last_words(self, count: int = 3) -> list[str]:
        """The end of the file, for a process that died without a warning of ours."""
        try:
            text = self.path.read_bytes()[-8_000:].decode("utf-8", "replace")
        except FileNotFoundError:
            return []
        return [_message_of(line) for line in text.splitlines() if line.strip()][-count:]

    def _bound(self, size: int) -> None:
        if size > LIMIT:
            shutil.copyfile(self.path, self.path.with_name(f"{self.path.name}.1"))
            os.truncate(self.path, 0)
            self.read_to = 0


def _message_of(line: str) -> str:
    try:
        return str(json.loads(line)["message"])
    except (ValueError, TypeError, KeyError):
        return line.strip()


def readable(line: str) -> str | None:
    """A log line for a person, or None for one that is only of use in the file."""
    try:
        entry = json.loads(line)
        level, message = entry["level"], entry["message"]
    except (ValueError, TypeError, KeyError):
        return None
    if level not in LOUD:
        return None
    where = f" [{entry['request']}]" if entry.get("request") else ""
    return f"{level.lower()}: {message}{where}"
