"""From the translators' files (.po) to what gettext reads (.mo), with nothing but Python; .mo files are not in git."""

import os
from pathlib import Path

import polib
from django.conf import settings


def compile_all() -> list[Path]:
    """Compile what is older than its source; return what was written. Several processes may do so at once."""
    sources = [path for folder in settings.LOCALE_PATHS for path in sorted(Path(folder).glob("*/LC_MESSAGES/*.po"))]
    return [compile_one(source) for source in sources if not is_fresh(source)]


def is_fresh(source: Path) -> bool:
    compiled = source.with_suffix(".mo")
    return compiled.exists() and compiled.stat().st_mtime >= source.stat().st_mtime


def compile_one(source: Path) -> Path:
    """Written beside and renamed, so that nobody ever reads half a file."""
    compiled = source.with_suffix(".mo")
    draft = compiled.with_suffix(f".{os.getpid()}.draft")
    polib.pofile(str(source)).save_as_mofile(str(draft))
    draft.replace(compiled)
    return compiled
