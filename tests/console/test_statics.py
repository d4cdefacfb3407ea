"""Static files at the ASGI edge: hashed and kept for ever, compressed, and nothing else of the disk."""

import gzip
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.contrib.staticfiles.storage import staticfiles_storage
from django.core.management import call_command
from django.test import override_settings
from django.utils.functional import empty

from console.statics import Statics


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("static")
    staticfiles_storage._wrapped = empty
    with override_settings(STATIC_ROOT=folder):
        call_command("collectstatic", verbosity=0, interactive=False)
        yield folder
    staticfiles_storage._wrapped = empty


async def ask(root: Path, path: str, *, method: str = "GET", **headers: str) -> tuple[int, dict[str, str], bytes]:
    sent: list[dict[str, Any]] = []

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    async def pages(*_: Any) -> None:
        sent.append({"status": 299, "headers": []})
        sent.append({"body": b"Django"})

    scope = {"type": "http", "method": method, "path": path}
    scope["headers"] = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    with override_settings(STATIC_ROOT=root):
        await Statics(pages)(scope, None, send)  # type: ignore[arg-type]
    said = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    return sent[0]["status"], said, sent[1]["body"]


def hashed(root: Path, pattern: str) -> str:
    return f"/static/{next(root.glob(pattern)).relative_to(root)}"


async def test_a_hashed_file_is_kept_for_ever_and_compressed(root: Path) -> None:
    name = hashed(root, "css/ground.????????????.css")
    status, headers, body = await ask(root, name, accept_encoding="gzip")
    assert status == 200
    assert "immutable" in headers["cache-control"]
    assert headers["content-encoding"] == "gzip"
    assert headers["x-content-type-options"] == "nosniff"
    assert gzip.decompress(body) == (root / name.removeprefix("/static/")).read_bytes()


async def test_a_plain_name_is_asked_again_soon(root: Path) -> None:
    _, headers, _ = await ask(root, "/static/favicon.svg")
    assert headers["cache-control"] == "max-age=60, public"


async def test_known_files_cost_nothing_the_second_time(root: Path) -> None:
    _, headers, _ = await ask(root, "/static/favicon.svg")
    status, _, body = await ask(root, "/static/favicon.svg", if_none_match=headers["etag"])
    assert (status, body) == (304, b"")


@pytest.mark.parametrize("path", ["/static/../meridian.sqlite3", "/static/", "/static/none.css", "/", "/etc/passwd"])
async def test_everything_else_is_for_django(root: Path, path: str) -> None:
    assert (await ask(root, path))[::2] == (299, b"Django")


async def test_nothing_is_written_to_a_file(root: Path) -> None:
    assert (await ask(root, "/static/favicon.svg", method="POST"))[0] == 405


def test_scripts_import_each_other_by_hashed_names(root: Path) -> None:
    text = (root / hashed(root, "js/console.????????????.js").removeprefix("/static/")).read_text()
    imports = [line for line in text.splitlines() if line.startswith("import")]
    assert imports
    assert all(len(line.split(".")[-2]) == 12 for line in imports), imports
