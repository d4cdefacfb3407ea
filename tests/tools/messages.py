"""`make messages`: put new texts into the translators' files and take gone ones out; `--check` only says what is wrong.

Entries are sorted by text and carry no line numbers, so that two people who add texts seldom meet in the same line.
"""

import re
import sys
from collections.abc import Iterator
from pathlib import Path

import polib

from tests.tools.source import ROOT
from tests.tools.texts import Text, marked, unmarked

PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|{\w+}|%[sd]")


def files() -> list[Path]:
    return sorted((ROOT / "locale").glob("*/LC_MESSAGES/django.po"))


def text_of(entry: polib.POEntry) -> Text:
    return Text(entry.msgid, entry.msgid_plural or "", entry.msgctxt or "")


def faults(path: Path, texts: dict[Text, str]) -> Iterator[str]:
    """What keeps this file from being a whole translation."""
    entries = {text_of(entry): entry for entry in polib.pofile(str(path)) if not entry.obsolete}
    for text in sorted(texts.keys() - entries.keys()):
        yield f"not in the file: {text.msgid!r} ({texts[text]})"
    for text in sorted(entries.keys() - texts.keys()):
        yield f"said nowhere any more: {text.msgid!r}"
    for text, entry in sorted(entries.items()):
        if entry.fuzzy or not entry.translated():
            yield f"not translated: {text.msgid!r} ({texts.get(text, 'nowhere')})"
        elif not _same_places(entry):
            yield f"other placeholders than the source: {text.msgid!r}"


def _same_places(entry: polib.POEntry) -> bool:
    """A plural form may leave the number out ("one thing"), but no form may ask for what is not given."""
    given = set(PLACEHOLDER.findall(entry.msgid)) | set(PLACEHOLDER.findall(entry.msgid_plural or ""))
    if entry.msgid_plural:
        return all(set(PLACEHOLDER.findall(form)) <= given for form in entry.msgstr_plural.values())
    return set(PLACEHOLDER.findall(entry.msgstr)) == given


def renew(path: Path, texts: dict[Text, str]) -> int:
    """Bring one file to today's texts; return how many still want a translation."""
    book = polib.pofile(str(path), wrapwidth=120)
    known = {text_of(entry): entry for entry in book if not entry.obsolete}
    book.clear()
    book.extend(known.get(text) or _blank(text) for text in sorted(texts))
    book.save(str(path))
    return len(book.untranslated_entries()) + len(book.fuzzy_entries())


def _blank(text: Text) -> polib.POEntry:
    forms = {0: "", 1: ""} if text.plural else {}
    return polib.POEntry(msgid=text.msgid, msgid_plural=text.plural, msgctxt=text.context or None, msgstr_plural=forms)


def main(arguments: list[str]) -> int:
    texts = marked()
    if "--check" in arguments:
        found = [f"{path.parent.parent.name}: {fault}" for path in files() for fault in faults(path, texts)]
        found += [f"not marked for translation: {text}" for text in unmarked()]
        sys.stdout.writelines(f"{line}\n" for line in found)
        return 1 if found else 0
    for path in files():
        sys.stdout.write(f"{path.relative_to(ROOT)}: {len(texts)} texts, {renew(path, texts)} not translated\n")
    return 0


if __name__ == "__main__":
    from tests import environment

    environment.prepare()
    sys.exit(main(sys.argv[1:]))
