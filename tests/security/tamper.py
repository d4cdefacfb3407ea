"""An administrator of the database: takes the guards off, changes what they like, and puts them on again."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection

from security import guards


def execute(statement: str, params: list[Any] | None = None) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, params)


@contextmanager
def without_guards() -> Iterator[None]:
    if connection.vendor == "postgresql":
        execute("SET CONSTRAINTS ALL IMMEDIATE")
    for statement in guards.STATED.drop_statements(connection.vendor):
        execute(statement)
    try:
        yield
    finally:
        for statement in guards.STATED.create_statements(connection.vendor):
            execute(statement)


def flip(value: bytes, bit: int = 0) -> bytes:
    return bytes([value[0] ^ 1 << bit]) + value[1:]
