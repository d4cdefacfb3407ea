from collections.abc import Callable
from typing import Any

import pytest

from security.models import Entry


@pytest.fixture
def entered(db: None) -> Callable[[], list[Any]]:
    """The entries of the audit trail that the test made so far: kind and actor."""
    made_before = list(Entry.objects.values_list("pk", flat=True))

    def entries() -> list[Any]:
        rows = Entry.objects.filter(book__name="audit").exclude(pk__in=made_before).exclude(kind="book.opened")
        return list(rows.order_by("sequence").values_list("kind", "actor"))

    return entries
