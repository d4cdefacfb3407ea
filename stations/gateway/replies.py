"""The answers to an opening handshake that OCPP-J asks for, in terms of ASGI (OCPP-J 1.6, sections 3.2 and 6.2.2)."""

from collections.abc import Awaitable, Callable, Iterable
from http import HTTPStatus
from typing import Any

Send = Callable[[Any], Awaitable[None]]
Header = tuple[bytes, bytes]

CHALLENGE: Header = (b"www-authenticate", b'Basic realm="OCPP", charset="UTF-8"')


async def deny(send: Send, status: HTTPStatus, *, headers: Iterable[Header] = ()) -> None:
    """Nothing but the status: a stranger learns no reason. The operator finds it beside the refusal."""
    body = f"{status.value} {status.phrase}\n".encode()
    head = [(b"content-type", b"text/plain; charset=utf-8"), *headers]
    await send({"type": "websocket.http.response.start", "status": status.value, "headers": head})
    await send({"type": "websocket.http.response.body", "body": body})


async def unknown_station(send: Send) -> None:
    await deny(send, HTTPStatus.NOT_FOUND)


async def bad_credentials(send: Send) -> None:
    await deny(send, HTTPStatus.UNAUTHORIZED, headers=[CHALLENGE])


async def no_common_version(send: Send, *, spoken: Iterable[str]) -> None:
    """The handshake is completed without a subprotocol, as the standard asks, and closed at once."""
    await send({"type": "websocket.accept"})
    await send({"type": "websocket.close", "code": 1002, "reason": f"offer one of {', '.join(spoken)}"})
