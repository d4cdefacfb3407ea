"""Live updates: one WebSocket per browser. It says *that* something changed, never what it is now.

    {"changed": ["system"]}

The page then fetches its part anew by its own view, so rights hold in one place only. The socket tells nothing of
anybody's data, but is for signed-in people all the same, ends with their session, and ends when the engine is away: a
page that cannot be told of changes must not look live, so it falls back to asking.
"""

import asyncio
import json
import logging
from importlib import import_module
from typing import Any
from urllib.parse import urlsplit

from channels.auth import get_user
from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncWebsocketConsumer
from channels.sessions import CookieMiddleware
from django.conf import settings
from django.http.request import split_domain_port, validate_host
from redis.exceptions import RedisError

from console import health
from console.bell import GROUP, changed

__all__ = ["Live", "application", "changed"]

LOOK = 5.0  # seconds between looks whether the person is still signed in and the engine there
SIGNED_OUT, AWAY = 4401, 1013
SESSIONS = "sessions"  # ringing this topic makes every socket look at once

log = logging.getLogger(__name__)


class Live(AsyncWebsocketConsumer):  # type: ignore[misc]
    watch: "asyncio.Task[None] | None" = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        try:
            await super().__call__(scope, receive, send)
        except (RedisError, OSError) as exc:
            log.warning("a live socket ended because the engine is away: %s", exc)
            await send({"type": "websocket.close", "code": AWAY})
        finally:
            if self.watch:
                self.watch.cancel()

    async def connect(self) -> None:
        if not is_same_origin(self.scope["headers"]) or not await self.may_stay():
            await self.close()
            return
        await self.channel_layer.group_add(GROUP, self.channel_name)
        await self.accept()
        self.watch = asyncio.create_task(self.keep_watch())

    async def disconnect(self, _code: int) -> None:
        if self.watch:
            self.watch.cancel()
        await self.channel_layer.group_discard(GROUP, self.channel_name)

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        """Browsers have nothing to say here."""

    async def live_changed(self, event: dict[str, Any]) -> None:
        if SESSIONS in event["topics"] and not await self.may_stay():
            await self.close(SIGNED_OUT)
            return
        await self.send(text_data=json.dumps({"changed": event["topics"]}))

    async def keep_watch(self) -> None:
        while True:
            await asyncio.sleep(LOOK)
            if not await self.may_stay():
                await self.close(SIGNED_OUT)
                return
            if not await asyncio.to_thread(health.engine_answers):
                await self.close(AWAY)
                return

    async def may_stay(self) -> bool:
        """Asks the session store anew, so a sign-out or a revocation anywhere ends this socket."""
        key = self.scope["cookies"].get(settings.SESSION_COOKIE_NAME)
        if not key:
            return False
        session = import_module(settings.SESSION_ENGINE).SessionStore(key)
        user = await get_user({"session": await database_sync_to_async(_loaded)(session)})
        return bool(user.is_authenticated and user.is_active)


def _loaded(session: Any) -> Any:
    session.is_empty()  # reads the row; an unknown key leaves an empty session
    return session


def is_same_origin(headers: list[tuple[bytes, bytes]]) -> bool:
    """Only pages of this very console may open the socket: browsers send the cookie along for any page."""
    known = {name: value.decode("latin-1") for name, value in headers}
    host, origin = known.get(b"host", ""), known.get(b"origin", "")
    if not validate_host(split_domain_port(host)[0], settings.ALLOWED_HOSTS):
        return False
    parts = urlsplit(origin)
    return parts.scheme in {"http", "https"} and parts.netloc.lower() == host.lower()


application = CookieMiddleware(Live.as_asgi())
