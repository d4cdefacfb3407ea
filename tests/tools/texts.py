"""What the interface says: every text marked for translation, and every text that somebody forgot to mark. PURE."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path

from django.utils.translation.template import templatize

from tests.tools.source import PACKAGES, ROOT

# Specimens are read by those who build the console; translating them would help nobody.
ENGLISH_ONLY = ("templates/console/design/",)
# Names and keys that are the same in every language.
SAME_EVERYWHERE = re.compile(r"\b(Meridian|UTC|Esc|Enter|Deutsch|English|Ctrl K|Apache-2\.0|OCPP|TLS|SHA-256)\b")
SPOKEN = {"title", "aria-label", "placeholder", "alt", "data-label"}


@dataclass(frozen=True, order=True)
class Text:
    msgid: str
    plural: str = ""
    context: str = ""


# Which of the arguments are the text, its plural, its context.
SHAPES = {
    "gettext": (0, None, None),
    "_": (0, None, None),
    "ngettext": (0, 1, None),
    "pgettext": (1, None, 0),
    "npgettext": (1, 2, 0),
}


def marked() -> dict[Text, str]:
    """Each text with a file that says it."""
    found: dict[Text, str] = {}
    for path in _files("*.py", PACKAGES):
        found.update(dict.fromkeys(in_python(path.read_text(encoding="utf-8")), _place(path)))
    for path in _files("*.html", ("templates",)):
        found.update(dict.fromkeys(in_template(path.read_text(encoding="utf-8")), _place(path)))
    return found


def in_python(source: str) -> Iterator[Text]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call):
            name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
            shape = SHAPES.get(name.removesuffix("_lazy").removesuffix("_noop"))
            words = [arg.value if isinstance(arg, ast.Constant) else None for arg in node.args]
            if shape and len(words) > max(at for at in shape if at is not None):
                text, plural, context = (words[at] if at is not None else "" for at in shape)
                if isinstance(text, str):
                    yield Text(text, str(plural), str(context))


def in_template(source: str) -> Iterator[Text]:
    """Django turns a template into lines of calls; each of them is read like Python."""
    calls = templatize(source)
    for call in re.finditer(r"\b(?:n?p?gettext|_)\(", calls):
        yield from in_python(_balanced(calls[call.start() :]))


def _balanced(source: str) -> str:
    """The first call of `source`, up to the bracket that closes it."""
    for end in (found.end() for found in re.finditer(r"\)", source)):
        try:
            ast.parse(source[:end])
        except SyntaxError:
            continue
        return source[:end]
    return ""


# ── texts that nobody marked ─────────────────────────────────────────────────────────────────────────────────────


def unmarked() -> list[str]:
    """`file: text` for each text of a page that stands outside a translation tag."""
    return [
        f"{_place(path)}: {text}"
        for path in _files("*.html", ("templates",))
        if not _place(path).startswith(ENGLISH_ONLY)
        for text in bare_texts(path.read_text(encoding="utf-8"))
    ]


def bare_texts(source: str) -> list[str]:
    reader = _Reader()
    reader.feed(_without_tags(source))
    return [text for text in reader.texts if re.search(r"[^\W\d_]{2}", SAME_EVERYWHERE.sub("", text))]


def _without_tags(source: str) -> str:
    source = re.sub(r"{#.*?#}", "", source)
    source = re.sub(r"{%\s*comment.*?{%\s*endcomment\s*%}", "", source, flags=re.DOTALL)
    source = re.sub(r"{%\s*blocktrans(?:late)?\b.*?{%\s*endblocktrans(?:late)?\s*%}", "", source, flags=re.DOTALL)
    return re.sub(r"{%.*?%}|{{.*?}}", "", source, flags=re.DOTALL)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.inside = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.inside = tag if tag in {"script", "style"} else ""
        self.texts += [value.strip() for name, value in attrs if name in SPOKEN and value]

    def handle_endtag(self, tag: str) -> None:
        self.inside = ""

    def handle_data(self, data: str) -> None:
        if not self.inside:
            self.texts.append(data.strip())


def _files(pattern: str, folders: tuple[str, ...]) -> list[Path]:
    return sorted(path for folder in folders for path in (ROOT / folder).rglob(pattern))


def _place(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()
