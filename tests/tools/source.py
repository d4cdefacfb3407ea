"""Read our own source: modules, what they import, and how long their parts are."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
PACKAGES = ("security", "stations", "timesync", "console")


@dataclass(frozen=True, slots=True)
class Module:
    """One source file of ours."""

    name: str
    path: Path
    tree: ast.Module
    text: str

    @property
    def place(self) -> str:
        return str(self.path.relative_to(ROOT))

    @property
    def length(self) -> int:
        return self.text.count("\n")


@cache
def modules(*folders: str) -> tuple[Module, ...]:
    found = []
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*.py")):
            if "migrations" not in path.parts or path.name == "__init__.py":
                text = path.read_text(encoding="utf-8")
                found.append(Module(module_name(path), path, ast.parse(text, str(path)), text))
    return tuple(found)


def module_name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports(tree: ast.AST, known: frozenset[str]) -> Iterator[tuple[str, int]]:
    """Every module that this source imports, with the line; `from a import b` is `a.b` where that is a module of ours.

    What stands under `if TYPE_CHECKING` is for the type checker only and makes no dependency at run time.
    """
    for node in outside_type_checking(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                whole = f"{node.module}.{alias.name}"
                yield (whole if whole in known else node.module), node.lineno


def outside_type_checking(tree: ast.AST) -> Iterator[ast.AST]:
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
            continue
        yield node
        yield from outside_type_checking(node)


def functions(module: Module) -> Iterator[tuple[str, int]]:
    """Name and number of lines of each function and method."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield f"{module.place}:{node.lineno} {node.name}", (node.end_lineno or node.lineno) - node.lineno + 1


def calls(tree: ast.AST) -> Iterator[tuple[str, int]]:
    """The dotted text of everything that is called, with the line."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func), node.lineno
