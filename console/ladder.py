"""The drawing of an inclusion proof: the path from the leaf up to the root, each given hash on its side.

The steps are computed here from the entry's bytes, so what is drawn is what was checked.
"""

from dataclasses import dataclass

from security.merkle.proof import TlogProof
from security.merkle.tree import inclusion_steps, leaf_hash

STEP, FOOT, MIDDLE = 20, 16, 108
SHORT = 8


@dataclass(frozen=True)
class Step:
    """One given hash and where it stands; `computed` is what it and the hash below make."""

    y: int
    left: bool
    given: str
    computed: str


@dataclass(frozen=True)
class Ladder:
    height: int
    bottom: int
    top: int
    leaf: str
    root: str
    index: int
    size: int
    steps: tuple[Step, ...]
    holds: bool


def draw(line: bytes, proof: TlogProof, root: bytes) -> Ladder:
    """`holds` says whether the computed root is the signed one."""
    leaf = leaf_hash(line)
    size = int(proof.note.text.split("\n")[1])
    taken = inclusion_steps(leaf, proof.index, size, proof.hashes)
    height = STEP * (len(taken) + 2) + 2 * FOOT
    bottom = height - FOOT
    steps = tuple(
        Step(bottom - STEP * (number + 1), left, given.hex(), computed.hex())
        for number, (given, left, computed) in enumerate(taken)
    )
    top = bottom - STEP * (len(taken) + 1)
    reached = taken[-1][2] if taken else leaf
    return Ladder(height, bottom, top, leaf.hex(), reached.hex(), proof.index, size, steps, reached == root)
