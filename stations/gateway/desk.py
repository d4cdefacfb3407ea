"""What conversations hand to the writer: something to do, and the record of the message that asked for it."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from stations import messages
from stations.gateway.writer import Outcome, Work, Writer
from stations.messages import Record

TURNS = frozenset({"BootNotification", "ChangeConfiguration", "SetVariables"})
log = logging.getLogger(__name__)
Bulk = Callable[[list[Any]], Sequence[Any]]


@dataclass(frozen=True, slots=True)
class Matter:
    subject: Any
    record: Record | None = None


class Desk:
    """Records go into the transaction of what they are about; a matter that fails is still recorded."""

    def __init__(self) -> None:
        self.writer = Writer(finish=_record)
        self.recorded = self.turns = 0  # messages handed in so far, and those after which a station may stand otherwise

    async def do(self, work: Callable[[], Any], *, record: Record | None = None) -> Any:
        """The result of `work` once it is durable; raises what it raised."""
        self._count(record)
        return await self.writer.submit(Work(Matter(work, record), _do))

    async def do_in_bulk(self, bulk: Bulk, subject: Any, *, record: Record | None = None) -> Any:
        """The result for this subject; `bulk` gets it together with all others of its kind that are in the batch."""
        self._count(record)
        one, many = _one_and_many(bulk)
        return await self.writer.submit(Work(Matter(subject, record), one, many))

    def note(self, record: Record) -> None:
        """Written with the next batch; nobody waits for it."""
        self._count(record)
        self.writer.submit(Work(Matter(None, record), _leave)).add_done_callback(_complain)

    def _count(self, record: Record | None) -> None:
        if record is not None:
            self.recorded += 1
            self.turns += record.action in TURNS


def _do(matter: Matter) -> Any:
    return matter.subject()


def _leave(_: Matter) -> None:
    return None


@cache
def _one_and_many(bulk: Bulk) -> tuple[Callable[[Matter], Any], Callable[[Sequence[Matter]], Sequence[Any]]]:
    """Always the same functions for the same handler: the writer groups by them."""
    return lambda matter: bulk([matter.subject])[0], lambda matters: bulk([matter.subject for matter in matters])


def _record(outcomes: Sequence[Outcome]) -> None:
    records = [outcome.item.record for outcome in outcomes if outcome.item.record is not None]
    if records:
        messages.write(records)


def _complain(future: "asyncio.Future[Any]") -> None:
    if not future.cancelled() and (error := future.exception()) is not None:
        log.warning("a record could not be written", exc_info=error)
