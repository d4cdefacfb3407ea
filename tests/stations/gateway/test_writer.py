"""The batching writer against the real engine: what is answered is committed, and one bad call spoils only itself."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

import pytest
from django.db import IntegrityError, OperationalError, connection, transaction

from stations.gateway.writer import Finish, Outcome, SilentlyRolledBack, Work, Writer
from stations.models import StationGroup

pytestmark = pytest.mark.django_db(transaction=True)


def add(name: str) -> str:
    if name.startswith("bad"):
        raise ValueError(name)
    StationGroup.objects.create(name=name)
    return name.upper()


def add_many(names: Sequence[str]) -> list[str]:
    StationGroup.objects.bulk_create([StationGroup(name=name) for name in names])
    return [name.upper() for name in names]


def add_and_hush(name: str) -> str:
    """The trap: the error is caught, so nothing seems to be wrong."""
    try:
        StationGroup.objects.create(name=name)
    except IntegrityError:
        return "hushed"
    return name.upper()


def names() -> set[str]:
    return set(StationGroup.objects.values_list("name", flat=True))


def write(works: Sequence[Work], *, finish: Finish | None = None, batch: int = 200) -> tuple[list[Any], Writer]:
    """All at once, so that they meet in as few batches as may be."""

    async def run() -> tuple[list[Any], Writer]:
        writer = Writer(finish=finish, batch=batch)
        futures = [writer.submit(work) for work in works]
        writer.start()
        results = await asyncio.gather(*futures, return_exceptions=True)
        await writer.stop()
        return results, writer

    return _finished(run)


def _finished(run: Callable[[], Coroutine[Any, Any, tuple[list[Any], Writer]]]) -> tuple[list[Any], Writer]:
    return asyncio.run(run())


def test_one_commit_for_a_batch() -> None:
    results, writer = write([Work(f"g{number}", add) for number in range(50)])
    assert results == [f"G{number}" for number in range(50)]
    assert len(names()) == 50
    assert (writer.batches, writer.repeated, writer.calls) == (1, 0, 50)


def test_batches_are_bounded() -> None:
    _, writer = write([Work(f"g{number}", add) for number in range(50)], batch=20)
    assert writer.batches == 3
    assert len(names()) == 50


def test_bulk_handlers_get_the_whole_group_and_answers_keep_their_places() -> None:
    sizes: list[int] = []

    def many(items: Sequence[str]) -> list[str]:
        sizes.append(len(items))
        return add_many(items)

    works = [Work(f"g{number}", add, many if number % 2 else None) for number in range(10)]
    results, _ = write(works)
    assert results == [f"G{number}" for number in range(10)]
    assert sizes == [5]


@pytest.mark.parametrize("many", [None, add_many])
def test_a_bad_call_spoils_only_itself(many: Any) -> None:
    works = [Work("a", add), Work("bad", add), Work("b", add, many), Work("b", add, many), Work("c", add)]
    results, writer = write(works)
    assert results[0] == "A"
    assert isinstance(results[1], ValueError)
    assert results[2] == "B"
    assert isinstance(results[3], IntegrityError)
    assert results[4] == "C"
    assert names() == {"a", "b", "c"}
    assert writer.repeated == 1


def test_a_hushed_database_error_is_never_answered_as_done() -> None:
    StationGroup.objects.create(name="there")
    results, _ = write([Work("a", add), Work("there", add_and_hush), Work("b", add)])
    assert results[0] == "A"
    assert results[2] == "B"
    assert isinstance(results[1], SilentlyRolledBack)
    assert names() == {"a", "b", "there"}


def test_a_hushed_error_inside_a_transaction_of_its_own_is_noticed() -> None:
    StationGroup.objects.create(name="there")

    def hush_inside(name: str) -> str:
        StationGroup.objects.create(name="half done")
        try:
            with transaction.atomic(savepoint=False):
                StationGroup.objects.create(name=name)
        except IntegrityError:
            pass
        return "done"

    results, _ = write([Work("a", add), Work("there", hush_inside)])
    assert results[0] == "A"
    assert isinstance(results[1], SilentlyRolledBack)
    assert names() == {"a", "there"}


def test_a_passing_fault_of_the_database_is_tried_again() -> None:
    left = [2]

    def flaky(name: str) -> str:
        if left[0]:
            left[0] -= 1
            raise OperationalError("database is locked")
        return add(name)

    results, _ = write([Work("a", add), Work("b", flaky)])
    assert results == ["A", "B"]
    assert names() == {"a", "b"}


def test_a_lasting_fault_of_one_call_does_not_take_the_others_along() -> None:
    def broken(_: str) -> str:
        raise OperationalError("always")

    results, _ = write([Work("a", add), Work("b", broken)])
    assert results[0] == "A"
    assert isinstance(results[1], OperationalError)
    assert names() == {"a"}


def test_a_lost_connection_is_opened_again() -> None:
    calls: list[str] = []

    def lose_it(name: str) -> str:
        calls.append(name)
        if len(calls) == 1:
            assert connection.connection is not None
            connection.connection.close()
        return add(name)

    results, _ = write([Work("a", lose_it), Work("b", add)])
    assert results == ["A", "B"]
    assert names() == {"a", "b"}


def test_records_go_in_the_same_transaction() -> None:
    seen: list[Outcome] = []

    def record(outcomes: Sequence[Outcome]) -> None:
        seen.extend(outcomes)
        StationGroup.objects.bulk_create([StationGroup(name=f"record of {outcome.item}") for outcome in outcomes])

    results, _ = write([Work("a", add), Work("bad", add)], finish=record)
    assert results[0] == "A"
    assert names() == {"a", "record of a", "record of bad"}
    assert isinstance(seen[-1].error, ValueError)


def test_a_bad_record_undoes_nothing(caplog: pytest.LogCaptureFixture) -> None:
    def record(outcomes: Sequence[Outcome]) -> None:
        for outcome in outcomes:
            if outcome.item == "b":
                raise ValueError("this one cannot be told")
            StationGroup.objects.create(name=f"record of {outcome.item}")

    results, _ = write([Work(name, add) for name in "abc"], finish=record)
    assert results == ["A", "B", "C"]
    assert names() == {"a", "b", "c", "record of a", "record of c"}
    assert "could not be written" in caplog.text


def test_a_cancelled_call_is_committed_all_the_same() -> None:
    async def run() -> tuple[list[Any], Writer]:
        writer = Writer()
        future = writer.submit(Work("a", add))
        other = writer.submit(Work("b", add))
        future.cancel()
        writer.start()
        result = await other
        await writer.stop()
        return [result], writer

    assert _finished(run)[0] == ["B"]
    assert names() == {"a", "b"}
