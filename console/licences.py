"""The packages that this installation runs on, read from what is installed: name, version, licence, home page."""

from dataclasses import dataclass
from email.message import Message
from functools import cache
from importlib import metadata

ROOT = "meridian-console"


@dataclass(frozen=True)
class Package:
    name: str
    version: str
    licence: str
    url: str


@cache
def packages() -> tuple[Package, ...]:
    """Every package that is installed; what a package does not say about itself stays empty."""
    found = {package.name.casefold(): package for package in map(_read, metadata.distributions()) if package.name}
    return tuple(package for _, package in sorted(found.items()) if package.name != ROOT)


def _read(installed: metadata.Distribution) -> Package:
    about: Message = installed.metadata  # type: ignore[assignment]  # what importlib promises less precisely
    return Package(
        name=about.get("Name") or "",
        version=installed.version,
        licence=_licence(about.get("License-Expression"), about.get("License"), about.get_all("Classifier") or []),
        url=_home(about.get("Home-page"), about.get_all("Project-URL") or []),
    )


def _licence(expression: str | None, free_text: str | None, classifiers: list[str]) -> str:
    """The standard expression, else the classifiers, else a short free text (some put a whole licence there)."""
    named = [line.rsplit(" :: ", 1)[-1] for line in classifiers if line.startswith("License ::")]
    first_line = (free_text or "").strip().split("\n")[0]
    return expression or ", ".join(named) or (first_line if len(first_line) <= 60 else "")


def _home(page: str | None, urls: list[str]) -> str:
    pairs = [(label.strip().casefold(), url.strip()) for label, _, url in (line.partition(",") for line in urls)]
    named = dict(pairs)
    wanted = ("homepage", "home", "repository", "source", "source code", "github", "documentation")
    found = page or next((named[label] for label in wanted if label in named), "")
    return found if found.startswith(("https://", "http://")) else ""
