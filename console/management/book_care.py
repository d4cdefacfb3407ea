"""The verbs of `manage.py logbook` for whoever answers for a book: its keys, and forgetting what is personal."""

from console.management.nouns import Answer, Call, Refused, Verb, arg
from security import logbook
from security.keys import rotation
from security.models import LogKey


def keys(_: Call, *, book: str) -> Answer:
    found = LogKey.objects.filter(book=logbook.get_book(book)).order_by("introduced_in")
    rows = [
        {
            "vkey": key.vkey,
            "state": key.state,
            "introduced_at": key.introduced_at,
            "introduced_in": key.introduced_in,
            "ended_at": key.ended_at,
            "ended_in": key.ended_in,
        }
        for key in found
    ]
    return Answer(
        rows, "\n".join(f"{row['state']:9} since entry {row['introduced_in']:>6}  {row['vkey']}" for row in rows)
    )


def rotate(call: Call, *, book: str) -> Answer:
    key = rotation.rotate(logbook.get_book(book), actor=call.actor, at=call.at)
    data = {"book": book, "vkey": key.vkey, "entry": key.introduced_in}
    return Answer(data, f"{key.vkey} signs from now on; hand the new policy to whoever verifies.")


def erase(call: Call, *, book: str, sequence: int, field: str, basis: str) -> Answer:
    if not basis.strip():
        raise Refused("basis-missing", "--basis must say why the value is forgotten: it stays in the book")
    receipt = logbook.erase(book, sequence, field, basis=basis.strip(), actor=call.actor, at=call.at)
    data = {"book": book, "sequence": sequence, "field": field, "entry": receipt.sequence}
    return Answer(data, f"{field} of entry {sequence} is forgotten; entry {receipt.sequence} says so.")


KEYS = Verb("keys", keys, "who signed for a book, from when to when", arg("book", metavar="BOOK"))
ROTATE = Verb("rotate-key", rotate, "let a new key sign and retire the old one", arg("book", metavar="BOOK"))
ERASE = Verb(
    "erase",
    erase,
    "forget a personal value that an entry commits to; the entry and its proofs stay",
    arg("book", metavar="BOOK"),
    arg("sequence", type=int, metavar="SEQUENCE"),
    arg("field", metavar="FIELD"),
    arg("--basis", required=True, help="why: it is written into the book"),
)
