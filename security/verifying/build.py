"""Build the stand-alone files: `verify.py`, that travels in every bundle, and `witness.py`, for another machine.

Each is one file that needs Python and the package `cryptography`, nothing of ours: the modules are included as text,
under their own names, and run as they are here. So the stand-alone file cannot behave differently, and whoever wants to
can read it from top to bottom.
"""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
VERIFIER, WITNESS = "security.verifying.command", "security.witnessing.command"

HEAD = '''#!/usr/bin/env python3
"""{summary}

One file, for Python 3.9 or newer with the package "cryptography" (python -m pip install cryptography).
{usage}
A copy of this file that came with what it checks proves nothing: take it from a place that you trust.
"""

import sys
import types

if sys.version_info < (3, 9):
    sys.exit("this needs Python 3.9 or newer")


def _include(name, source):
    """Run the text of one module under its own name, as if it had been imported from a file."""
    module = types.ModuleType(name)
    module.__file__ = __file__
    sys.modules[name] = module
    parent, _, last = name.rpartition(".")
    if parent:
        setattr(sys.modules[parent], last, module)
    exec(compile(source, name, "exec"), module.__dict__)


for _package in {packages!r}:
    _include(_package, "")
    sys.modules[_package].__path__ = []
'''

TAIL = """
if __name__ == "__main__":
    sys.exit(sys.modules[{entry!r}].main())
"""

SUMMARY = {
    VERIFIER: (
        "Check an exported log book without the console that made it.",
        "Usage: python verify.py BUNDLE.zip --trust POLICY [--ca PEM] [--previous CHECKPOINT] [--json]",
    ),
    WITNESS: (
        "A witness of log books: it sees each new checkpoint, checks that the book only grew, and cosigns.",
        "Usage: python witness.py --help",
    ),
}


def _path(module: str) -> Path:
    return ROOT.joinpath(*module.split(".")).with_suffix(".py")


def _needs(module: str) -> list[str]:
    """The modules of ours that this one imports, in the order in which it does."""
    found = []
    for node in ast.parse(_path(module).read_text(encoding="utf-8")).body:
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("security."):
            whole = [f"{node.module}.{alias.name}" for alias in node.names]
            found += [name if _path(name).exists() else str(node.module) for name in whole]
    return list(dict.fromkeys(found))


def modules_of(entry: str) -> list[str]:
    """All modules of ours that `entry` rests on, each after those that it needs itself."""
    ordered: list[str] = []

    def visit(module: str) -> None:
        for needed in _needs(module):
            if needed not in ordered:
                visit(needed)
        if module not in ordered:
            ordered.append(module)

    visit(entry)
    return ordered


@cache
def build(entry: str = VERIFIER) -> bytes:
    modules = modules_of(entry)
    packages = sorted({parent for module in modules for parent in _parents(module)})
    summary, usage = SUMMARY[entry]
    parts = [HEAD.format(summary=summary, usage=usage, packages=packages)]
    for module in modules:
        source = _path(module).read_text(encoding="utf-8")
        if "'''" in source:
            raise ValueError(f"{module} holds three single quotes in a row, which delimit it in the built file")
        parts.append(f"\n# {'─' * 100}\n_include({module!r}, r'''{source}''')\n")
    parts.append(TAIL.format(entry=entry))
    return "".join(parts).encode("utf-8")


def _parents(module: str) -> list[str]:
    parts = module.split(".")
    return [".".join(parts[:count]) for count in range(1, len(parts))]
