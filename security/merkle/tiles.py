"""C2SP tlog-tiles: where the hashes and entries of a log are found, as paths, and which tiles a tree of some size has.

A full tile holds 256 hashes. Tile n of level l holds the roots of the complete subtrees of 256**l leaves each.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from security.merkle import base64text
from security.merkle.faults import Malformed
from security.merkle.tree import Node, node_hash

WIDTH, HEIGHT = 256, 8
ENTRIES = "entries"
TOP_LEVEL = 63


def number_path(number: int) -> str:
    """1234067 becomes x001/x234/067."""
    groups = [f"{number % 1000:03d}"]
    while number >= 1000:
        number //= 1000
        groups.append(f"x{number % 1000:03d}")
    return "/".join(reversed(groups))


def path(level: int | str, index: int, width: int = WIDTH) -> str:
    partial = "" if width == WIDTH else f".p/{width}"
    return f"tile/{level}/{number_path(index)}{partial}"


def parse_path(text: str) -> tuple[int | str, int, int]:
    """(level or "entries", index, width) of a tile's path; raise Malformed unless it is the path we would write."""
    parts = text.split("/")
    if len(parts) < 3 or parts[0] != "tile":
        raise Malformed("tile path", repr(text[:80]))
    width = WIDTH
    if len(parts) > 3 and parts[-2].endswith(".p"):
        width = base64text.number_from_text(parts.pop(), form="tile path")
        parts[-1] = parts[-1][:-2]
    level: int | str = parts[1] if parts[1] == ENTRIES else base64text.number_from_text(parts[1], form="tile path")
    digits = "".join(group[-3:] for group in parts[2:])
    if not (digits.isascii() and digits.isdigit() and len(digits) <= 18):
        raise Malformed("tile path", repr(text[:80]))
    index = int(digits)
    if (isinstance(level, int) and level > TOP_LEVEL) or not 1 <= width <= WIDTH or path(level, index, width) != text:
        raise Malformed("tile path", repr(text[:80]))
    return level, index, width


def widths(level: int, size: int) -> tuple[int, int]:
    """(number of full tiles, width of the partial one) of a level in a tree of `size` leaves."""
    hashes = size >> (HEIGHT * level)
    return hashes // WIDTH, hashes % WIDTH


def exists(level: int, index: int, width: int, size: int) -> bool:
    """Whether a tree of `size` leaves has that tile, full or in a part it once had."""
    full, partial = widths(level, size)
    return index < full or (index == full and width <= partial)


def root_of(hashes: list[bytes]) -> bytes:
    """The root of a row of 2**n hashes."""
    while len(hashes) > 1:
        hashes = [node_hash(hashes[at], hashes[at + 1]) for at in range(0, len(hashes), 2)]
    return hashes[0]


def node_reader(fetch: Callable[[int, int, int], list[bytes]]) -> Node:
    """A `node(level, index)` for tree proofs out of `fetch(tile level, first hash, number of hashes)`."""

    def node(level: int, index: int) -> bytes:
        tile_level, rest = divmod(level, HEIGHT)
        return root_of(fetch(tile_level, index << rest, 1 << rest))

    return node


def entry_bundle(entries: Iterable[bytes]) -> bytes:
    """Each entry after its length in two bytes."""
    return b"".join(len(entry).to_bytes(2, "big") + entry for entry in entries)


def parse_entry_bundle(raw: bytes) -> list[bytes]:
    entries, at = [], 0
    while at < len(raw):
        length = int.from_bytes(raw[at : at + 2], "big")
        entry = raw[at + 2 : at + 2 + length]
        if at + 2 > len(raw) or len(entry) != length:
            raise Malformed("entry bundle", f"cut short at byte {at}")
        entries.append(entry)
        at += 2 + length
    return entries
