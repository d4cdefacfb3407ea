"""A process of its own that appends, seals or tells, so that a test can let it die.

DATABASE_URL and MERIDIAN_HOME say where; MERIDIAN_DIE_AT says at which step the process kills itself.
"""

import json
import os
import sys
from datetime import UTC, datetime

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "console.settings")

import django

django.setup()

from django.core.management import call_command  # noqa: E402
from django.db import transaction  # noqa: E402

from security import logbook, proofs, sealing  # noqa: E402
from security.failpoints import failpoint  # noqa: E402
from security.merkle.tree import Edge, leaf_hash  # noqa: E402
from security.models import Book  # noqa: E402


def now() -> datetime:
    return datetime.now(UTC)


def append(many: int) -> None:
    """Each number that is printed was committed before."""
    for number in range(many):
        with transaction.atomic():
            receipt = logbook.append("audit", "test.done", {"n": number}, subject="t", actor="a", at=now())
            failpoint("append.entered")
        sys.stdout.write(f"{receipt.sequence}\n")
        sys.stdout.flush()


def seal() -> None:
    made = sealing.seal(logbook.get_book("audit"), at=now())
    sys.stdout.write(f"{made.size}\n")


def tell() -> None:
    """What is stored, as JSON: sequences without gap, the head, and whether it continues what was signed."""
    book = Book.objects.get(name="audit")
    edge, wrong = Edge(), []
    for sequence, line in book.entries.order_by("sequence").values_list("sequence", "line"):
        if sequence != edge.size:
            wrong.append(sequence)
        edge.append(leaf_hash(bytes(line)))
    sealing.examine(book, proofs.last_seal(book))
    told = {"size": book.size, "stored": edge.size, "gaps": wrong, "same_edge": edge.to_bytes() == bytes(book.edge)}
    sys.stdout.write(json.dumps({**told, "tiles": book.tiles.count()}))


if __name__ == "__main__":
    verb, *words = sys.argv[1:]
    if verb == "migrate":
        call_command("migrate", verbosity=0, interactive=False)
        append(1)
    else:
        {"append": append, "seal": seal, "tell": tell}[verb](*(int(word) for word in words))
