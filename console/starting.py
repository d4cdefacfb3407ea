"""The way in for every program: what is wrong with the settings is one line that says what to do, not a traceback."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

REFUSED = 2


@contextmanager
def in_one_line() -> Iterator[None]:
    """Turn a refused setting into one line on standard error and exit code 2."""
    from django.core.exceptions import ImproperlyConfigured

    try:
        yield
    except ImproperlyConfigured as exc:
        sys.stderr.write(f"meridian: {' '.join(str(exc).split())}\n")
        raise SystemExit(REFUSED) from None


def read_settings() -> None:
    """Read the environment now, so that a wrong value is told before anything else is."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "console.settings")
    from django.conf import settings

    with in_one_line():
        _ = settings.INSTALLED_APPS
