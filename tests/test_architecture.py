"""The order of the house, held on the source itself: who imports whom, what a core touches, how long things get."""

import re

import pytest

from tests.tools.source import PACKAGES, ROOT, Module, calls, functions, imports, modules

FILE_WALL = 500
FUNCTION_WALL = 60

# Low to high: a module imports from its own row and the rows above it here, never from a row below.
ROLES = (
    ("core", {"merkle", "ocpp", "nts", "env", "home", "database", "rights", "agents", "sign_on"}),
    ("errors", {"errors"}),
    ("models", {"models"}),
    ("queries", {"queries"}),
    ("services", set()),  # whatever is not named in another row: verbs
    ("edges", {"handlers", "tasks", "gateway", "middleware", "context", "celery", "templatetags"}),
    ("pages", {"views", "api", "live", "forms"}),
    ("entrances", {"urls", "asgi", "routing", "settings", "apps", "management"}),
)
RANK = {name: rank for rank, (_, names) in enumerate(ROLES) for name in names}
SERVICES = next(rank for rank, (role, _) in enumerate(ROLES) if role == "services")

# Cores take values and time, and give values: no framework, no sockets, no files, no processes, no chance.
PURE = ("security.merkle", "stations.ocpp", "timesync.nts")
IMPURE = {
    "asyncio", "celery", "channels", "django", "http", "logging", "multiprocessing", "os", "random", "redis",
    "requests", "secrets", "selectors", "shutil", "socket", "ssl", "subprocess", "tempfile", "threading", "urllib",
}  # fmt: skip
CLOCKS = re.compile(r"(^|\.)(now|utcnow|today|time|time_ns|monotonic|monotonic_ns|perf_counter)$")
WRITES = re.compile(r"\.(a?(save|create|update|delete|bulk_create|bulk_update|get_or_create|update_or_create))$")
CATCH_ALL = {"utils", "util", "helpers", "helper", "common", "base", "manager", "managers", "misc", "extras"}
UNFINISHED = re.compile(r"\b(" + "|".join(["TO" + "DO", "FIX" + "ME", "XX" + "X"]) + r")\b")

OURS = modules(*PACKAGES)
ALL = modules(*PACKAGES, "tests")
KNOWN = frozenset(module.name for module in OURS)


def rank(name: str) -> int:
    return max((RANK[part] for part in name.split(".")[1:] if part in RANK), default=SERVICES)


def is_core(module: Module) -> bool:
    return module.name.startswith(PURE)


def found(findings: list[str]) -> str:
    return "\n" + "\n".join(findings)


def test_packages_import_one_way() -> None:
    wrong = [
        f"{module.place}:{line} imports {name}"
        for module in OURS
        for name, line in imports(module.tree, KNOWN)
        if (package := name.split(".")[0]) in PACKAGES
        and PACKAGES.index(package) > PACKAGES.index(module.name.split(".")[0])
    ]
    assert not wrong, found(wrong)


def test_roles_import_one_way() -> None:
    wrong = [
        f"{module.place}:{line} ({ROLES[rank(module.name)][0]}) imports {name} ({ROLES[rank(name)][0]})"
        for module in OURS
        for name, line in imports(module.tree, KNOWN)
        if name in KNOWN and name.split(".")[0] == module.name.split(".")[0] and rank(name) > rank(module.name)
    ]
    assert not wrong, found(wrong)


def test_no_package_imports_the_tests() -> None:
    # The demo's simulators are started as programs, never imported.
    wrong = [
        f"{module.place}:{line} imports {name}"
        for module in OURS
        for name, line in imports(module.tree, KNOWN)
        if name.split(".")[0] == "tests"
    ]
    assert not wrong, found(wrong)


def test_cores_are_pure() -> None:
    wrong = [
        f"{module.place}:{line} imports {name}"
        for module in filter(is_core, OURS)
        for name, line in imports(module.tree, KNOWN)
        if name.split(".")[0] in IMPURE or (name in KNOWN and not name.startswith(PURE))
    ]
    wrong += [
        f"{module.place}:{line} calls {name}"
        for module in filter(is_core, OURS)
        for name, line in calls(module.tree)
        if CLOCKS.search(name) or name in {"open", "print", "input"}
    ]
    assert not wrong, found(wrong)


def test_views_write_nothing() -> None:
    wrong = [
        f"{module.place}:{line} calls {name}"
        for module in OURS
        if module.name.startswith(("console.views", "console.api", "console.live"))
        for name, line in calls(module.tree)
        if WRITES.search(name)
    ]
    assert not wrong, found(wrong)


def test_no_file_is_past_the_wall() -> None:
    long = [f"{module.place}: {module.length} lines" for module in ALL if module.length > FILE_WALL]
    long += [
        f"{path.relative_to(ROOT)}: {count} lines"
        for path in sorted((ROOT / "static").rglob("*.js"))
        if "vendor" not in path.parts and (count := path.read_text(encoding="utf-8").count("\n")) > FILE_WALL
    ]
    assert not long, found(long)


def test_no_function_is_past_the_wall() -> None:
    long = [f"{name}: {lines} lines" for module in ALL for name, lines in functions(module) if lines > FUNCTION_WALL]
    assert not long, found(long)


@pytest.mark.parametrize("module", ALL, ids=lambda module: module.name)
def test_names_say_what_is_inside(module: Module) -> None:
    assert not CATCH_ALL & set(module.name.split(".")), f"{module.place}: name the noun that is inside"
    if module.path.name == "__init__.py":
        assert not module.text.strip(), f"{module.place}: an __init__.py stays empty; import from where things are"


def test_nothing_is_left_unfinished() -> None:
    texts = [path for kind in ("py", "html", "js", "css", "md") for path in sorted(ROOT.rglob(f"*.{kind}"))]
    ours = [path for path in texts if path.relative_to(ROOT).parts[0] in {*PACKAGES, "tests", "templates", "static"}]
    left = [
        f"{path.relative_to(ROOT)}:{number} {line.strip()[:100]}"
        for path in ours
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if UNFINISHED.search(line)
    ]
    assert not left, found(left)


def test_modules_do_not_import_in_circles() -> None:
    edges = {module.name: {name for name, _ in imports(module.tree, KNOWN) if name in KNOWN} for module in OURS}
    circles: list[str] = []
    done: set[str] = set()

    def walk(name: str, path: tuple[str, ...]) -> None:
        if name in path:
            circles.append(" > ".join([*path[path.index(name) :], name]))
        elif name not in done:
            for target in sorted(edges.get(name, set())):
                walk(target, (*path, name))
            done.add(name)

    for name in sorted(edges):
        walk(name, ())
    assert not circles, found(circles)
