"""The tree against the published values and against the plainest tree there can be, for every pair up to 300."""

import json
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from security.merkle import tiles, tree
from security.merkle.faults import NotProved
from security.merkle.tree import EMPTY_ROOT, Edge, leaf_hash, node_hash

PUBLISHED = json.loads((Path(__file__).parents[2] / "vectors" / "published.json").read_text())
MOST = 300
LEAVES = [leaf_hash(str(number).encode()) for number in range(MOST)]


@cache
def plain(begin: int, end: int) -> bytes:
    """The definition of RFC 6962, word for word."""
    if end == begin:
        return EMPTY_ROOT
    if end - begin == 1:
        return LEAVES[begin]
    middle = begin + tree.split(end - begin)
    return node_hash(plain(begin, middle), plain(middle, end))


def node(level: int, index: int) -> bytes:
    return plain(index << level, (index + 1) << level)


def plain_path(index: int, begin: int, end: int) -> list[bytes]:
    if end - begin == 1:
        return []
    middle = begin + tree.split(end - begin)
    if index < middle:
        return [*plain_path(index, begin, middle), plain(middle, end)]
    return [*plain_path(index, middle, end), plain(begin, middle)]


def test_published_roots() -> None:
    edge = Edge()
    roots = [edge.root()]
    for leaf in PUBLISHED["leaves"]:
        edge.append(leaf_hash(bytes.fromhex(leaf)))
        roots.append(edge.root())
    assert [root.hex() for root in roots] == PUBLISHED["roots"]


def test_every_edge_is_that_of_the_plain_tree() -> None:
    edge = Edge()
    for size in range(1, MOST + 1):
        edge.append(LEAVES[size - 1])
        assert edge.root() == plain(0, size)
        assert edge.hashes == tree.edge_at(size, node).hashes
        assert Edge.from_bytes(size, edge.to_bytes()).root() == edge.root()


def test_every_inclusion_proof_up_to_300() -> None:
    for size in range(1, MOST + 1):
        for index in range(size):
            proof = tree.inclusion_proof(index, size, node)
            assert proof == plain_path(index, 0, size)
            tree.check_inclusion(LEAVES[index], index=index, size=size, proof=proof, root=plain(0, size))


def test_every_consistency_proof_up_to_300() -> None:
    for new in range(MOST + 1):
        for old in range(new + 1):
            proof = tree.consistency_proof(old, new, node)
            tree.check_consistency(old=old, old_root=plain(0, old), new=new, new_root=plain(0, new), proof=proof)


def spoilt(proof: Sequence[bytes]) -> list[list[bytes]]:
    """Cut at either end, lengthened at either end, turned round, one bit changed in each hash."""
    whole = list(proof)
    changed = [[*whole[:at], bytes([one[0] ^ 1]) + one[1:], *whole[at + 1 :]] for at, one in enumerate(whole)]
    longer = [[*whole, LEAVES[0]], [LEAVES[0], *whole]]
    shorter = [whole[1:], whole[:-1]] if whole else []
    turned = [whole[::-1]] if whole != whole[::-1] else []
    return [*changed, *longer, *shorter, *turned]


@given(st.integers(1, MOST), st.data())
def test_no_spoilt_inclusion_proof_holds(size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1))
    root, proof = plain(0, size), tree.inclusion_proof(index, size, node)
    for other in spoilt(proof):
        with pytest.raises(NotProved):
            tree.check_inclusion(LEAVES[index], index=index, size=size, proof=other, root=root)
    for place in {(index + 1) % size, index ^ 1} - {index}:
        with pytest.raises(NotProved):
            tree.check_inclusion(LEAVES[index], index=place, size=size, proof=proof, root=root)
    with pytest.raises(NotProved):
        tree.check_inclusion(LEAVES[index], index=index, size=size, proof=proof, root=LEAVES[1])


@given(st.integers(2, MOST), st.data())
def test_no_spoilt_consistency_proof_holds(new: int, data: st.DataObject) -> None:
    old = data.draw(st.integers(1, new - 1))
    given_roots = {"old": old, "old_root": plain(0, old), "new": new, "new_root": plain(0, new)}
    for other in spoilt(tree.consistency_proof(old, new, node)):
        with pytest.raises(NotProved):
            tree.check_consistency(**given_roots, proof=other)
    proof = tree.consistency_proof(old, new, node)
    for wrong in ({"old_root": plain(0, old - 1)}, {"new_root": plain(0, old)}):
        with pytest.raises(NotProved):
            tree.check_consistency(**{**given_roots, **wrong}, proof=proof)


def test_a_node_is_no_leaf() -> None:
    """Without the two prefixes an inner node could be shown as an entry."""
    inside = b"\x01" + LEAVES[0] + LEAVES[1]
    with pytest.raises(NotProved):
        tree.check_inclusion(leaf_hash(inside), index=0, size=2, proof=[node(1, 1)], root=plain(0, 4))


@pytest.mark.parametrize("size", [1, 2, 3, 255, 256, 257, 65_535, 65_536, 65_537, 70_000])
def test_an_edge_of_any_size_knows_its_size(size: int) -> None:
    edge = Edge(size, [LEAVES[0]] * bin(size).count("1"))
    edge.append(LEAVES[1])
    assert (edge.size, len(edge.hashes)) == (size + 1, bin(size + 1).count("1"))
    with pytest.raises(NotProved):
        Edge(size, [LEAVES[0]] * (bin(size).count("1") + 1))


def test_tile_paths_and_widths() -> None:
    told = PUBLISHED["tiles"]
    assert [list(tiles.widths(level, told["size"])) for level in range(4)] == told["widths"]
    assert tiles.number_path(told["path"][0]) == told["path"][1]


@given(st.sampled_from([0, 1, 63, "entries"]), st.integers(0, 10**12), st.integers(1, 256))
def test_tile_paths_both_ways(level: int | str, number: int, width: int) -> None:
    assert tiles.parse_path(tiles.path(level, number, width)) == (level, number, width)


@pytest.mark.parametrize(
    "text",
    ["tile/0/1", "tile/00/001", "tile/0/x001", "tile/0/0001", "tile/64/000", "tile/0/000.p/0", "tile/0/000.p/256",
     "tile/0/x000/001", "tile/0/000.p/07", "tile/x/000", "tile/0", "hash/0/000", "tile/0/000/", "tile/0/-01"],
)  # fmt: skip
def test_other_tile_paths_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="tile path"):
        tiles.parse_path(text)


@given(st.lists(st.binary(max_size=300), max_size=20))
def test_entry_bundles_both_ways(entries: list[bytes]) -> None:
    raw = tiles.entry_bundle(entries)
    assert tiles.parse_entry_bundle(raw) == entries
    if raw:
        with pytest.raises(ValueError, match="cut short"):
            tiles.parse_entry_bundle(raw + b"\x00\x05ab")
