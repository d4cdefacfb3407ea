"""Commit many calls at once: no answer leaves before its effects are durable, and one flush serves a whole batch.

One thread takes what is there, up to BATCH calls, and runs them in one transaction. When that fails, the batch is
rolled back and run again with a savepoint around each call, so that a bad one spoils only itself; only batches with a
bad call pay for savepoints. Handlers may therefore run twice, and must do nothing but database work.

A crash before the commit loses the batch as a whole, and no station has an answer to any of it; a crash after it but
before the answers leave makes the stations say it again. Both are what a station is built for.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Any

from django.db import InterfaceError, OperationalError, connection, connections, transaction

LOG = logging.getLogger(__name__)
BATCH = 200
TRIES = 3  # for what is the database's fault: a lock, a deadlock, a lost connection
NOT_THE_CALLS_FAULT = (OperationalError, InterfaceError)


@dataclass(frozen=True, slots=True)
class Work:
    """`many` may do a whole group of items at once: those with the same `many` that are in the batch."""

    item: Any
    one: Callable[[Any], Any]
    many: Callable[[Sequence[Any]], Sequence[Any]] | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    item: Any
    result: Any = None
    error: Exception | None = None


class SilentlyRolledBack(Exception):
    """The handler caught a database error inside its transaction. Django would roll back without a word."""


Finish = Callable[[Sequence[Outcome]], None]
_Queued = tuple[Work, "asyncio.Future[Any]"]


class Writer:
    """`finish` is called in the transaction of each batch with all its outcomes: the place to record messages."""

    def __init__(self, *, finish: Finish | None = None, batch: int = BATCH) -> None:
        self._finish, self._batch = finish, batch
        self._queue: SimpleQueue[_Queued | None] = SimpleQueue()
        self._loop = asyncio.get_running_loop()
        self._thread = Thread(target=self._work, name="writer", daemon=True)
        self.batches = self.repeated = self.calls = 0

    def start(self) -> None:
        self._thread.start()

    async def stop(self) -> None:
        """What was handed in before is still committed and answered."""
        self._queue.put(None)
        await asyncio.to_thread(self._thread.join)

    def submit(self, work: Work) -> "asyncio.Future[Any]":
        """Resolves after the commit. One that is cancelled meanwhile is committed all the same."""
        future: asyncio.Future[Any] = self._loop.create_future()
        self._queue.put((work, future))
        return future

    def _work(self) -> None:
        try:
            while (taken := self._take()) is not None:
                outcomes = self._commit([work for work, _ in taken])
                futures = [future for _, future in taken]
                self._loop.call_soon_threadsafe(_settle, futures, outcomes)
        finally:
            connections.close_all()

    def _take(self) -> list[_Queued] | None:
        """Wait for one, then take what is there. No lingering: while a batch is written, the next one gathers."""
        first = self._queue.get()
        if first is None:
            return None
        taken = [first]
        while len(taken) < self._batch:
            try:
                more = self._queue.get_nowait()
            except Empty:
                break
            if more is None:
                self._queue.put(None)
                break
            taken.append(more)
        return taken

    def _commit(self, batch: list[Work]) -> list[Outcome]:
        self.batches += 1
        self.calls += len(batch)
        try:
            connection.close_if_unusable_or_obsolete()
            return self._together(batch)
        except Exception:
            self.repeated += 1
        return self._apart_with_patience(batch)

    def _together(self, batch: list[Work]) -> list[Outcome]:
        with transaction.atomic(durable=True):
            outcomes: list[Outcome | None] = [None] * len(batch)
            for places, many in _groups(batch):
                results = _run(many, [batch[place] for place in places])
                for place, result in zip(places, results, strict=True):
                    outcomes[place] = Outcome(batch[place].item, result)
            done = [outcome for outcome in outcomes if outcome is not None]
            self._record(done)
        return done

    def _apart_with_patience(self, batch: list[Work]) -> list[Outcome]:
        for left in reversed(range(TRIES)):
            try:
                return self._apart(batch, last=not left)
            except Exception as exc:
                LOG.warning("a batch of %d calls failed: %s", len(batch), type(exc).__name__)
                failure = exc
                connection.close()
        return [Outcome(work.item, error=failure) for work in batch]

    def _apart(self, batch: list[Work], *, last: bool) -> list[Outcome]:
        with transaction.atomic(durable=True):
            outcomes = [self._alone(work, last=last) for work in batch]
            self._record_apart(outcomes)
        return outcomes

    def _alone(self, work: Work, *, last: bool) -> Outcome:
        try:
            with transaction.atomic():
                return Outcome(work.item, _run(None, [work])[0])
        except NOT_THE_CALLS_FAULT as exc:
            if not last:
                raise
            return Outcome(work.item, error=exc)
        except Exception as exc:
            return Outcome(work.item, error=exc)

    def _record(self, outcomes: Sequence[Outcome]) -> None:
        if self._finish is not None:
            self._finish(outcomes)
            if connection.needs_rollback:
                raise SilentlyRolledBack("records")

    def _record_apart(self, outcomes: Sequence[Outcome]) -> None:
        """A record that cannot be written must not undo what was done, nor the records of others."""
        try:
            with transaction.atomic():
                self._record(outcomes)
        except NOT_THE_CALLS_FAULT:
            raise
        except Exception:
            if len(outcomes) == 1:
                LOG.exception("the record of one call could not be written")
                return
            for outcome in outcomes:
                self._record_apart([outcome])


def _groups(batch: list[Work]) -> list[tuple[list[int], Callable[[Sequence[Any]], Sequence[Any]] | None]]:
    """Places in the batch that run together. A station has one call at a time, so order among stations is free."""
    together: dict[Any, list[int]] = {}
    groups: list[tuple[list[int], Callable[[Sequence[Any]], Sequence[Any]] | None]] = []
    for place, work in enumerate(batch):
        if work.many is None:
            groups.append(([place], None))
        elif work.many in together:
            together[work.many].append(place)
        else:
            together[work.many] = [place]
            groups.append((together[work.many], work.many))
    return groups


def _run(many: Callable[[Sequence[Any]], Sequence[Any]] | None, works: list[Work]) -> Sequence[Any]:
    results = many([work.item for work in works]) if many is not None else [work.one(work.item) for work in works]
    if connection.needs_rollback:
        raise SilentlyRolledBack("handler")
    return results


def _settle(futures: "Sequence[asyncio.Future[Any]]", outcomes: Sequence[Outcome]) -> None:
    for future, outcome in zip(futures, outcomes, strict=True):
        if future.done():
            continue
        if outcome.error is not None:
            future.set_exception(outcome.error)
        else:
            future.set_result(outcome.result)
