"""Short HTTP questions to witnesses and time-stamp authorities: no redirects, one deadline, a limit on the answer.

No proxies from the environment and no other scheme than http and https: the address is what the operator entered.
"""

import http.client
import socket
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from typing import Any

PATIENCE_S = 15.0
PIECE = 1 << 14


class Unreachable(Exception):
    """No answer, or none within the deadline and the limit."""


@dataclass(frozen=True, slots=True)
class Outbound:
    status: int
    body: bytes
    kind: str = ""


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        return None


_opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), _NoRedirect)


def post(url: str, body: bytes, *, kind: str, limit: int, patience_s: float = PATIENCE_S) -> Outbound:
    request = urllib.request.Request(url, body, {"Content-Type": kind}, method="POST")  # noqa: S310 (checked below)
    return _ask(request, limit, patience_s)


def get(url: str, *, limit: int, patience_s: float = PATIENCE_S) -> Outbound:
    return _ask(urllib.request.Request(url), limit, patience_s)  # noqa: S310 (checked below)


def _ask(request: urllib.request.Request, limit: int, patience_s: float) -> Outbound:
    if request.type not in ("http", "https"):
        raise Unreachable(f"{request.full_url[:80]} is not an http address")
    deadline = time.monotonic() + patience_s
    try:
        try:
            answer = _opener.open(request, timeout=patience_s)
        except urllib.error.HTTPError as exc:
            answer = exc
        with answer:
            body = b""
            while piece := answer.read1(PIECE):
                body += piece
                if len(body) > limit:
                    raise Unreachable(f"its answer is longer than {limit} bytes")
                if time.monotonic() > deadline:
                    raise Unreachable(f"it took longer than {patience_s:.0f} s")
            return Outbound(answer.status or 0, body, answer.headers.get("Content-Type", ""))
    except (OSError, http.client.HTTPException, socket.timeout, ValueError) as exc:  # noqa: UP041
        raise Unreachable(str(exc)[:200] or type(exc).__name__) from exc
