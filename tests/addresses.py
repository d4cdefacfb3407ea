"""Every address of the console, for tests that walk them all."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.urls.converters import get_converters

# One value per kind of argument, well-formed and of nothing that exists.
EXAMPLES = {"int": 999_999, "str": "nothing", "slug": "nothing", "path": "nothing/at/all"}
EXAMPLES |= {"identity": "nothing"}
EXAMPLES |= {"uuid": "00000000-0000-4000-8000-000000000000"}


@dataclass(frozen=True, slots=True)
class Address:
    """One address: its name, its view, and an example of it that names nothing that exists."""

    name: str
    view: Callable[..., Any]
    example: str


def addresses() -> list[Address]:
    return list(_walk(get_resolver().url_patterns, ()))


def _walk(patterns: Iterable[URLPattern | URLResolver], spaces: tuple[str, ...]) -> Iterator[Address]:
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            inner = (*spaces, pattern.namespace) if pattern.namespace else spaces
            yield from _walk(pattern.url_patterns, inner)
        else:
            assert pattern.name, f"the address {pattern.pattern} has no name"
            name = ":".join([*spaces, pattern.name])
            yield Address(name, pattern.callback, reverse(name, kwargs=_examples(pattern)))


def _examples(pattern: URLPattern) -> dict[str, Any]:
    kinds = {type(converter): kind for kind, converter in get_converters().items()}
    return {name: EXAMPLES[kinds[type(converter)]] for name, converter in pattern.pattern.converters.items()}
