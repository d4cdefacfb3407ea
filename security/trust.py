"""The trust root of a book as it goes to an auditor, by another way than the exports: a C2SP tlog-policy."""

from django.conf import settings

from security.merkle import note, policy
from security.models import Book, LogKey, Witness


def policy_text(book: Book) -> str:
    """All keys of the book that were not revoked, the witnesses, and how many of them must have cosigned."""
    keys = LogKey.objects.filter(book=book).exclude(state=LogKey.State.REVOKED).order_by("introduced_in", "id")
    logs = [note.parse_vkey(text) for text in keys.values_list("vkey", flat=True)]
    witnesses = [
        (name.replace(" ", "-"), note.parse_vkey(vkey), url)
        for name, vkey, url in Witness.objects.filter(is_asked=True).order_by("name").values_list("name", "vkey", "url")
    ]
    quorum = min(settings.LOGBOOK_QUORUM, len(witnesses))
    return policy.write(logs, witnesses, quorum=quorum)
