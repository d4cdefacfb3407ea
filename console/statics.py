"""Static files: hashed names, compressed once, kept by browsers for ever; served before Django is asked anything.

WhiteNoise knows how to answer for a file (conditions, ranges, compression, headers); its Django middleware only works
in threads, and under ASGI reads the file through a synchronous iterator. So we ask its core directly: one look into a
dict, one read, one answer, no thread and no middleware. See README.md for the figures.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from asgiref.sync import sync_to_async
from django.conf import settings
from whitenoise import WhiteNoise
from whitenoise.storage import CompressedManifestStaticFilesStorage

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[Mapping[str, Any]]]
Send = Callable[[Mapping[str, Any]], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]

HASH = r"\.[0-9a-f]{12}\."
SMALL = 1_000_000  # bytes that are read at once; the page cache gives them faster than a thread starts
HEADERS = (b"range", b"if-none-match", b"if-modified-since", b"accept-encoding", b"if-range")


class HashedFiles(CompressedManifestStaticFilesStorage):  # type: ignore[misc]
    """Names with the hash of the content, also where one script imports another. Before the files were collected
    (tests, checks) names are plain, so that pages can be rendered everywhere."""

    support_js_module_import_aggregation = True

    def stored_name(self, name: str) -> str:
        return super().stored_name(name) if self.hashed_files else name


class Statics:
    """An ASGI application: answers for the files below STATIC_URL, and passes on everything else."""

    def __init__(self, application: Application) -> None:
        self.application = application
        self.files = WhiteNoise(
            None,
            root=settings.STATIC_ROOT if settings.STATIC_ROOT.is_dir() else None,
            prefix=settings.STATIC_URL,
            max_age=60,
            allow_all_origins=False,
            immutable_file_test=HASH,
            add_headers_function=lambda headers, _path, _url: headers.add_header("X-Content-Type-Options", "nosniff"),
        ).files

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        file = self.files.get(scope["path"]) if scope["type"] == "http" else None
        if file is None:
            await self.application(scope, receive, send)
            return
        response = file.get_response(scope["method"], _as_environ(scope["headers"]))
        headers = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in response.headers]
        size = next((int(value) for name, value in response.headers if name == "Content-Length"), 0)
        await send({"type": "http.response.start", "status": int(response.status), "headers": headers})
        await send({"type": "http.response.body", "body": await _content(response.file, size)})


def _as_environ(headers: list[tuple[bytes, bytes]]) -> dict[str, str]:
    """The few headers that matter here, under the names that WSGI gave them."""
    return {
        f"HTTP_{name.decode('latin-1').upper().replace('-', '_')}": value.decode("latin-1")
        for name, value in headers
        if name in HEADERS
    }


async def _content(file: Any, size: int) -> bytes:
    if file is None:
        return b""
    with file:
        content: bytes = await sync_to_async(file.read)() if size > SMALL else file.read()
        return content
