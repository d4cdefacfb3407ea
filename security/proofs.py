"""Proofs from what is stored: the hashes of a book's tree, inclusion and consistency, and a seal as others see it."""

from datetime import datetime

from security.errors import EntryUnknown, NotSealed
from security.merkle import note, tiles, tree
from security.merkle.add_checkpoint import AddCheckpoint
from security.merkle.note import Note
from security.merkle.proof import TlogProof
from security.merkle.tree import Node
from security.models import Anchor, AnchorKind, Book, Checkpoint, Entry, Tile


def stored_hashes(book_id: int, level: int, number: int) -> list[bytes]:
    """The hashes of one tile as far as they exist: a full tile is one row, a partial one is put together from below."""
    full = Tile.objects.filter(book_id=book_id, level=level, number=number).values_list("body", flat=True).first()
    if full is not None:
        body = bytes(full)
        return [body[at : at + 32] for at in range(0, len(body), 32)]
    begin, end = number * tiles.WIDTH, (number + 1) * tiles.WIDTH
    if level == 0:
        leaves = Entry.objects.filter(book_id=book_id, sequence__gte=begin, sequence__lt=end).order_by("sequence")
        return [bytes(leaf) for leaf in leaves.values_list("leaf", flat=True)]
    below = Tile.objects.filter(book_id=book_id, level=level - 1, number__gte=begin, number__lt=end)
    return [bytes(root) for root in below.order_by("number").values_list("root", flat=True)]


def stored_node(book_id: int) -> Node:
    """A `node(level, index)` over the stored hashes; each tile is read at most once per reader."""
    seen: dict[tuple[int, int], list[bytes]] = {}

    def fetch(level: int, first: int, many: int) -> list[bytes]:
        number, offset = divmod(first, tiles.WIDTH)
        if (level, number) not in seen:
            seen[level, number] = stored_hashes(book_id, level, number)
        return seen[level, number][offset : offset + many]

    return tiles.node_reader(fetch)


def root_at(book: Book, size: int) -> bytes:
    return tree.edge_at(size, stored_node(book.pk)).root()


def inclusion(book: Book, sequence: int, size: int) -> list[bytes]:
    if not 0 <= sequence < size <= book.size:
        raise EntryUnknown(book.name, sequence)
    return tree.inclusion_proof(sequence, size, stored_node(book.pk))


def consistency(book: Book, old: int, new: int) -> list[bytes]:
    if not 0 <= old <= new <= book.size:
        raise EntryUnknown(book.name, new)
    return tree.consistency_proof(old, new, stored_node(book.pk))


def last_seal(book: Book) -> Checkpoint | None:
    return Checkpoint.objects.filter(book=book).order_by("-size").first()


def seal_over(book: Book, sequence: int) -> Checkpoint | None:
    """The first seal that covers an entry; None while there is none."""
    return Checkpoint.objects.filter(book=book, size__gt=sequence).order_by("size").first()


def published(seal: Checkpoint) -> Note:
    """The seal with every cosignature that witnesses have given it so far."""
    sealed = note.parse(seal.note.encode("utf-8"))
    anchors = Anchor.objects.filter(checkpoint=seal, kind=AnchorKind.WITNESS).order_by("id")
    return sealed.with_signatures(
        note.parse_signature(bytes(body).decode("utf-8").rstrip("\n"))
        for body in anchors.values_list("body", flat=True)
    )


def entry_proof(book: Book, sequence: int, seal: Checkpoint | None = None) -> TlogProof:
    """The self-contained proof of one entry under a seal (the first that covers it unless another is given)."""
    seal = seal or seal_over(book, sequence)
    if seal is None or seal.size <= sequence:
        raise NotSealed(book.name, sequence)
    return TlogProof(sequence, tuple(inclusion(book, sequence, seal.size)), published(seal))


def extension(book: Book, old: int, seal: Checkpoint) -> AddCheckpoint:
    """What a witness that knows size `old` is sent."""
    return AddCheckpoint(old, tuple(consistency(book, old, seal.size)), published(seal))


def reached(seal: Checkpoint) -> tuple[list[tuple[str, datetime]], list[tuple[str, datetime]]]:
    """(witnesses, time stamps) that stand behind a seal, each as name and stated time."""
    rows = list(Anchor.objects.filter(checkpoint=seal).order_by("id").values_list("kind", "name", "stated_at"))
    return (
        [(name, at) for kind, name, at in rows if kind == AnchorKind.WITNESS],
        [(name, at) for kind, name, at in rows if kind == AnchorKind.TIMESTAMP],
    )
