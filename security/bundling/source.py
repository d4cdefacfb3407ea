"""What a bundle is made of. Whoever offers this can be exported: the database does, and a list in a test does."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Sealed:
    """A published checkpoint: its size, and its whole signed note with all cosignatures so far."""

    size: int
    note: str


@dataclass(frozen=True, slots=True)
class Token:
    """A raw time-stamp answer over the note text of the checkpoint of this size."""

    size: int
    authority: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Opened:
    sequence: int
    field: str
    salt: bytes
    value: str


@dataclass(frozen=True, slots=True)
class Span:
    """What to take along: entries `first` to `last`, both included, of one subject where `subject` is not empty."""

    first: int
    last: int
    subject: str = ""
    openings: bool = False


class Source(Protocol):
    @property
    def book(self) -> str: ...

    @property
    def origin(self) -> str: ...

    def top(self) -> Sealed:
        """The checkpoint that heads the bundle; it covers every entry of the span."""
        ...

    def earlier(self, span: Span) -> Iterator[Sealed]:
        """The published checkpoints inside the span, ascending, without the top one."""
        ...

    def lines(self, span: Span) -> Iterator[tuple[int, bytes]]:
        """(sequence, stored bytes), ascending, streamed."""
        ...

    def node(self, level: int, index: int) -> bytes:
        """The hash of a complete subtree; see merkle.tree."""
        ...

    def tokens(self, span: Span) -> Iterator[Token]: ...

    def chains(self) -> Iterator[tuple[str, bytes]]:
        """(name of the authority, PEM of its certificates)."""
        ...

    def openings(self, span: Span) -> Iterator[Opened]:
        """Ascending by sequence."""
        ...

    def originals(self, span: Span) -> Iterator[tuple[str, bytes]]:
        """Untouched station records, (plain file name, bytes)."""
        ...

    def keys(self) -> str:
        """The key history as text, to read."""
        ...
