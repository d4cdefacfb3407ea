"""The Merkle tree of RFC 6962, section 2.1: leaf and node hashes, the growing edge, inclusion and consistency proofs.

Proofs are made from a `node(level, index)` callable: the hash of the complete subtree of 2**level leaves that begins at
leaf index * 2**level. Where those hashes come from (rows, tiles, a list) is the caller's affair.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from hashlib import sha256

from security.merkle.faults import NotProved

Node = Callable[[int, int], bytes]
EMPTY_ROOT = sha256(b"").digest()


def leaf_hash(entry: bytes) -> bytes:
    return sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return sha256(b"\x01" + left + right).digest()


class Edge:
    """The complete subtrees along the right edge of a tree, largest first: all that appending and the root need."""

    __slots__ = ("hashes", "size")

    def __init__(self, size: int = 0, hashes: Iterable[bytes] = ()) -> None:
        self.size, self.hashes = size, list(hashes)
        if len(self.hashes) != bin(size).count("1") or not {*map(len, self.hashes)} <= {32}:
            raise NotProved(f"{len(self.hashes)} hashes are not the edge of a tree of size {size}")

    @classmethod
    def from_bytes(cls, size: int, value: bytes) -> Edge:
        return cls(size, [value[at : at + 32] for at in range(0, len(value), 32)])

    def to_bytes(self) -> bytes:
        return b"".join(self.hashes)

    def append(self, leaf: bytes) -> None:
        carry, hashes = self.size, self.hashes
        while carry & 1:
            leaf = node_hash(hashes.pop(), leaf)
            carry >>= 1
        hashes.append(leaf)
        self.size += 1

    def root(self) -> bytes:
        if not self.hashes:
            return EMPTY_ROOT
        root = self.hashes[-1]
        for left in reversed(self.hashes[:-1]):
            root = node_hash(left, root)
        return root


def split(size: int) -> int:
    """The largest power of two below `size` (at least 2)."""
    return 1 << ((size - 1).bit_length() - 1)


def range_root(begin: int, end: int, node: Node) -> bytes:
    """The hash of leaves begin..end-1; `begin` is a multiple of the smallest power of two that covers the range."""
    size = end - begin
    if size == 0:
        return EMPTY_ROOT
    if size & (size - 1) == 0:
        level = size.bit_length() - 1
        return node(level, begin >> level)
    middle = begin + split(size)
    return node_hash(range_root(begin, middle, node), range_root(middle, end, node))


def edge_at(size: int, node: Node) -> Edge:
    hashes, begin = [], 0
    for level in range(size.bit_length() - 1, -1, -1):
        if size >> level & 1:
            hashes.append(node(level, begin >> level))
            begin += 1 << level
    return Edge(size, hashes)


def inclusion_proof(index: int, size: int, node: Node) -> list[bytes]:
    """The hashes that lead from leaf `index` to the root of `size`, the leaf's sibling first."""
    if not 0 <= index < size:
        raise NotProved(f"no entry {index} in a tree of size {size}")
    path: list[bytes] = []
    begin, end = 0, size
    while end - begin > 1:
        middle = begin + split(end - begin)
        if index < middle:
            path.append(range_root(middle, end, node))
            end = middle
        else:
            path.append(range_root(begin, middle, node))
            begin = middle
    return path[::-1]


def inclusion_steps(leaf: bytes, index: int, size: int, proof: Sequence[bytes]) -> list[tuple[bytes, bool, bytes]]:
    """Each step of a proof as (given hash, whether it stands on the left, hash computed with it); RFC 9162, 2.1.3.2."""
    if not 0 <= index < size:
        raise NotProved(f"no entry {index} in a tree of size {size}")
    steps: list[tuple[bytes, bool, bytes]] = []
    position, last, computed = index, size - 1, leaf
    for given in proof:
        if last == 0:
            raise NotProved("the proof has more hashes than the tree has levels")
        on_left = bool(position & 1) or position == last
        computed = node_hash(given, computed) if on_left else node_hash(computed, given)
        if on_left:
            while position and not position & 1:
                position >>= 1
                last >>= 1
        steps.append((given, on_left, computed))
        position >>= 1
        last >>= 1
    if last != 0:
        raise NotProved("the proof has fewer hashes than the tree has levels")
    return steps


def check_inclusion(leaf: bytes, *, index: int, size: int, proof: Sequence[bytes], root: bytes) -> None:
    """Raise NotProved unless `proof` leads from the leaf at `index` to the root of `size`."""
    steps = inclusion_steps(leaf, index, size, proof)
    if (steps[-1][2] if steps else leaf) != root:
        raise NotProved(f"the proof for entry {index} leads to another root of size {size}")


def consistency_proof(old: int, new: int, node: Node) -> list[bytes]:
    """The hashes that show that the tree of size `new` begins with the tree of size `old`; RFC 6962, 2.1.2."""
    if not 0 <= old <= new:
        raise NotProved(f"a tree of size {new} cannot extend one of size {old}")
    if old in (0, new):
        return []
    path: list[bytes] = []
    begin, end, whole = 0, new, True
    while old != end:
        middle = begin + split(end - begin)
        if old <= middle:
            path.append(range_root(middle, end, node))
            end = middle
        else:
            path.append(range_root(begin, middle, node))
            begin, whole = middle, False
    if not whole:
        path.append(range_root(begin, end, node))
    return path[::-1]


def check_consistency(*, old: int, old_root: bytes, new: int, new_root: bytes, proof: Sequence[bytes]) -> None:
    """Raise NotProved unless the tree (new, new_root) extends the tree (old, old_root); RFC 9162, 2.1.4.2."""
    if not 0 <= old <= new:
        raise NotProved(f"a tree of size {new} cannot extend one of size {old}")
    if old in (0, new):
        if proof or old_root != (new_root if old == new else EMPTY_ROOT):
            raise NotProved(f"two roots for size {old}, or a proof where none is needed")
        return
    hashes = [old_root, *proof] if old & (old - 1) == 0 else list(proof)
    if _roots_from(hashes, old - 1, new - 1) != (old_root, new_root):
        raise NotProved(f"the tree of size {new} does not extend the tree of size {old}")


def _roots_from(hashes: Sequence[bytes], position: int, last: int) -> tuple[bytes, bytes]:
    """The old and the new root that a consistency proof leads to."""
    if not hashes:
        raise NotProved("the proof is empty")
    while position & 1:
        position, last = position >> 1, last >> 1
    first = second = hashes[0]
    for given in hashes[1:]:
        if last == 0:
            raise NotProved("the proof has more hashes than the tree has levels")
        if position & 1 or position == last:
            first, second = node_hash(given, first), node_hash(given, second)
            while position and not position & 1:
                position, last = position >> 1, last >> 1
        else:
            second = node_hash(second, given)
        position, last = position >> 1, last >> 1
    if last != 0:
        raise NotProved("the proof has fewer hashes than the tree has levels")
    return first, second
