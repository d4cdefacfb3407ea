"""Ring, after the commit: tell browsers that something changed, and workers that a row waits for them.

**The row is the queue; this only rings the bell.** Nothing here ever raises: an act that is committed must not fail
because the engine is away. A lost bell costs a moment, until the sweep finds the row or the page asks again.
"""

import asyncio
import logging
import os
import threading
import time
from functools import partial
from typing import Any

from celery import Task
from channels.layers import get_channel_layer
from django.db import transaction

GROUP = "live"
WINDOW = 0.1  # seconds in which all changes become one message
PATIENCE = 2.0  # seconds to wait for the engine

log = logging.getLogger(__name__)


def changed(*topics: str) -> None:
    """Tell every open page, once this transaction is committed, that these topics changed; never what they say now."""
    _after_commit(partial(_bell.ring, topics))


def nudge(task: "Task[Any, Any]", *arguments: Any) -> None:
    """Have a worker run the task now, once this transaction is committed. The sweep must find the row without us."""
    _after_commit(partial(_send, task, arguments))


def _after_commit(ring: "partial[None]") -> None:
    try:
        transaction.on_commit(ring, robust=True)
    except Exception:  # no database at hand (or none allowed here): there is no commit to wait for
        ring()


def _send(task: "Task[Any, Any]", arguments: tuple[Any, ...]) -> None:
    try:
        task.apply_async(arguments, retry=False, ignore_result=True)
    except Exception as exc:
        log.warning("the engine did not take the task %s (%s); the sweep will find its row", task.name, exc)


class _Bell:
    """Collects topics for a moment and publishes them from a thread of its own, which ends when it is quiet.

    The thread is no daemon: a command that ends right after its commit waits for the ringing, at most `PATIENCE`.
    """

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.topics: set[str] = set()
        self.ringer: threading.Thread | None = None

    def ring(self, topics: tuple[str, ...]) -> None:
        with self.lock:
            self.topics.update(topics)
            if self.ringer is None:
                self.ringer = threading.Thread(target=self._ring_until_quiet, name="bell", daemon=False)
                self.ringer.start()

    def _ring_until_quiet(self) -> None:
        while True:
            time.sleep(WINDOW)
            with self.lock:
                topics, self.topics = self.topics, set()
                if not topics:
                    self.ringer = None
                    return
            _publish(sorted(topics))


def _publish(topics: list[str]) -> None:
    try:
        asyncio.run(_group_send(topics))
    except Exception as exc:
        log.warning("open pages were not told of a change (%s); they ask by themselves", str(exc) or type(exc).__name__)


async def _group_send(topics: list[str]) -> None:
    async with asyncio.timeout(PATIENCE):
        await get_channel_layer().group_send(GROUP, {"type": "live.changed", "topics": topics})


_bell = _Bell()


def _renew() -> None:
    """After a fork the lock may be held by, and the ringer be, a thread that this process does not have."""
    _bell.__init__()  # type: ignore[misc]


os.register_at_fork(after_in_child=_renew)
