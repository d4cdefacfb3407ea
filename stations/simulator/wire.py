"""OCPP-J as a station speaks it, written for the simulator alone: it shares no code with the side it tests."""

import asyncio
import json
import uuid
from collections.abc import Awaitable, Callable
from typing import Any

from websockets.asyncio.client import ClientConnection

Payload = dict[str, Any]
Answerer = Callable[[str, Payload], Awaitable[Payload | None]]
PATIENCE_S = 30.0


class CallFailed(Exception):
    """The other side answered with a CALLERROR."""

    def __init__(self, code: str, description: str) -> None:
        super().__init__(f"{code}: {description}")
        self.code = code


class Wire:
    """One connection. Calls go out one at a time; those that come in go to `answer`, whose None is NotImplemented."""

    def __init__(self, socket: ClientConnection, answer: Answerer) -> None:
        self.socket, self._answer = socket, answer
        self._waiting: dict[str, asyncio.Future[Payload]] = {}
        self._turn = asyncio.Lock()

    async def call(self, action: str, payload: Payload) -> Payload:
        """Raise CallFailed, TimeoutError, or what the socket raises when it is closed."""
        async with self._turn:
            number = uuid.uuid4().hex
            answer = self._waiting[number] = asyncio.get_running_loop().create_future()
            try:
                await self.socket.send(json.dumps([2, number, action, payload], separators=(",", ":")))
                return await asyncio.wait_for(answer, PATIENCE_S)
            finally:
                del self._waiting[number]

    async def read(self) -> None:
        """Until the connection ends."""
        async for text in self.socket:
            frame = json.loads(text)
            if frame[0] == 2:
                await self._reply(frame[1], frame[2], frame[3])
            elif (waiting := self._waiting.get(frame[1])) is not None and not waiting.done():
                if frame[0] == 3:
                    waiting.set_result(frame[2])
                else:
                    waiting.set_exception(CallFailed(frame[2], frame[3]))
        for waiting in self._waiting.values():
            waiting.cancel()

    async def _reply(self, number: str, action: str, payload: Payload) -> None:
        answer = await self._answer(action, payload)
        reply: list[Any] = [3, number, answer]
        if answer is None:
            reply = [4, number, "NotImplemented", f"a simulated station does not know {action}", {}]
        await self.socket.send(json.dumps(reply, separators=(",", ":")))
