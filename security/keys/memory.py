"""The second memory: what was signed last for each book, in files beside the keys, outside the database.

A database that was restored to an older state, or rewritten, does not continue what this remembers, and is not signed.
The memory is written before a checkpoint is published: a crash in between leaves a memory of something that nobody
holds, which the next seal signs again word for word.
"""

import json
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from security.keys.store import folder, write_private


@dataclass(frozen=True, slots=True)
class LastSigned:
    origin: str
    book: str
    size: int
    root: bytes


def last_signed(origin: str) -> LastSigned | None:
    """None where nothing was ever signed for this origin from this place."""
    return _read(_path(origin))


def remember(signed: LastSigned) -> None:
    content = {"origin": signed.origin, "book": signed.book, "size": signed.size, "root": signed.root.hex()}
    write_private(_path(signed.origin), json.dumps(content, sort_keys=True).encode("utf-8"), replace=True)


def former(book: str, *, but: str) -> list[dict[str, Any]]:
    """Other origins under which a book of this name was signed from this place."""
    found = [_read(path) for path in sorted(folder().glob("*.last.json"))]
    return [
        {"origin": one.origin, "size": one.size, "root": one.root.hex()}
        for one in found
        if one and one.book == book and one.origin != but
    ]


def _path(origin: str) -> Path:
    return folder() / f"{sha256(origin.encode('utf-8')).hexdigest()[:16]}.last.json"


def _read(path: Path) -> LastSigned | None:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    return LastSigned(content["origin"], content["book"], int(content["size"]), bytes.fromhex(content["root"]))
