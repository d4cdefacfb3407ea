from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Keys and memories of one test are no business of the next."""
    monkeypatch.setattr(settings, "MERIDIAN_HOME", tmp_path)
    return tmp_path
