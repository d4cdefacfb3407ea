"""Commands of the form `manage.py NOUN VERB …`, with `--json` for scripts.

A noun is a list of verbs; a verb is a plain function that is given a `Call` (who, when) and its own arguments by name,
and returns an `Answer`:

    def disable(call: Call, *, name: str) -> Answer:
        person = people.disable(people.find(name), by=call.actor, at=call.at)
        return Answer({"name": name, "active": False}, f"{person} can no longer sign in.")

    class Command(Noun):
        help = "People who use the console."
        verbs = (Verb("disable", disable, "end all sessions of a person and refuse new ones", arg("name")),)

What scripts may rely on: with `--json` standard output holds exactly one JSON document, whatever happens; what is meant
for people goes to standard error. Exit 0 done, 1 refused or not found, 2 wrong usage, 3 cannot decide.
"""

import json
import os
import pwd
import sys
from argparse import ArgumentParser
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any, ClassVar, NoReturn

from django.core.management.base import BaseCommand, CommandParser
from django.core.serializers.json import DjangoJSONEncoder
from django.db import DatabaseError, InterfaceError, OperationalError, ProgrammingError, connection
from django.utils import timezone

from console.errors import code_of

REFUSED, USAGE, UNDECIDED = 1, 2, 3


@dataclass(frozen=True)
class Call:
    """Who calls and when; `say` tells a person what goes on, without disturbing the JSON."""

    actor: str
    at: datetime
    say: Callable[[str], None]


@dataclass(frozen=True)
class Answer:
    """`data` is the JSON document; `text` what a person reads instead; `code` the exit code."""

    data: Any
    text: str = ""
    code: int = 0


@dataclass(frozen=True)
class Argument:
    names: tuple[str, ...]
    options: dict[str, Any]


def arg(*names: str, **options: Any) -> Argument:
    """An argument as argparse knows it: `arg("--role", action="append", required=True)`."""
    return Argument(names, options)


@dataclass(frozen=True)
class Verb:
    name: str
    run: Callable[..., Answer]
    help: str
    arguments: tuple[Argument, ...] = field(default=())

    def __init__(self, name: str, run: Callable[..., Answer], help: str, *arguments: Argument) -> None:  # noqa: A002
        for attribute, value in (("name", name), ("run", run), ("help", help), ("arguments", arguments)):
            object.__setattr__(self, attribute, value)


class Refused(Exception):
    """A verb says no for a reason that no service knows, such as a file that is not there."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class VerbParser(ArgumentParser):
    """Wrong usage is exit 2 and, for a script that asked for JSON, a document as well."""

    def error(self, message: str) -> NoReturn:
        _wrong_usage(self, message)


def _wrong_usage(parser: ArgumentParser, message: str) -> NoReturn:
    if "--json" in sys.argv:
        sys.stdout.write(json.dumps({"error": {"code": "usage", "message": message}}) + "\n")
    parser.print_usage(sys.stderr)
    parser.exit(USAGE, f"{parser.prog}: {message}\n")


class Noun(BaseCommand):
    verbs: ClassVar[tuple[Verb, ...]] = ()
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        # Django makes this parser itself; an unknown verb or option is found by it and not by the verb's own.
        parser.error = partial(_wrong_usage, parser)  # type: ignore[method-assign]
        choices = parser.add_subparsers(metavar="VERB", required=True, parser_class=VerbParser)
        for verb in self.verbs:
            sub = choices.add_parser(verb.name, help=verb.help, description=verb.help)
            for argument in verb.arguments:
                sub.add_argument(*argument.names, **argument.options)
            sub.add_argument("--json", action="store_true", help="exactly one JSON document on standard output")
            sub.set_defaults(verb=verb)

    def handle(self, **options: Any) -> None:
        verb: Verb = options["verb"]
        as_json: bool = options["json"]
        call = Call(actor=system_actor(), at=timezone.now(), say=self.stderr.write)
        given = {name: options[name] for name in map(_destination, verb.arguments)}
        try:
            answer = verb.run(call, **given)
        except Exception as error:
            refusal = refusal_of(error)
            if refusal is None:
                raise
            answer = Answer({"error": {"code": refusal.code, "message": str(refusal)}}, code=REFUSED)
            self.stderr.write(str(refusal))
        if as_json:
            self.stdout.write(json.dumps(answer.data, cls=DjangoJSONEncoder, ensure_ascii=False))
        elif answer.text:
            self.stdout.write(answer.text)
        if answer.code:
            sys.exit(answer.code)


def refusal_of(error: Exception) -> Refused | None:
    """What scripts are told; None for a fault of ours, which keeps its traceback."""
    if isinstance(error, Refused):
        return error
    if isinstance(error, OperationalError | ProgrammingError) and _lacks_tables():
        return Refused("not-prepared", "no tables yet: `make run`, or `manage.py migrate`, makes them")
    if isinstance(error, OperationalError | InterfaceError):
        return Refused("database-away", f"the database cannot be used now: {error}".strip())
    code = code_of(error)
    return Refused(code, str(error)) if code else None


def _lacks_tables() -> bool:
    try:
        return not connection.introspection.table_names()
    except DatabaseError:
        return False


def system_actor() -> str:
    """How the audit trail names whoever typed the command: by the account of the process, not by what $USER claims."""
    try:
        return f"cli:{pwd.getpwuid(os.getuid()).pw_name}"
    except KeyError:
        return f"cli:{os.getuid()}"


def _destination(argument: Argument) -> str:
    named = argument.options.get("dest")
    longest: str = max(argument.names, key=len)
    return named or longest.lstrip("-").replace("-", "_")
