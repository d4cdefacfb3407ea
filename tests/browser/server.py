"""One whole console for the browser: `python -m tests.browser.server` makes a home, fills it, and serves it.

The real ASGI application under Daphne on a free port of the loopback, with SQLite and a private engine. It says on
standard output, as one line of JSON, where it is and who is signed in with which cookie; it ends when standard input
ends, so no server outlives the tests that started it.
"""

import contextlib
import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from tests import environment
from tests.tools.source import ROOT


@dataclass(frozen=True, slots=True)
class Console:
    """A running console. `sessions` are cookies by person, `facts` fill in addresses."""

    url: str
    cookie: str
    sessions: dict[str, str]
    facts: dict[str, str]
    addresses: dict[str, str]


@contextmanager
def running(*, debug: bool = False) -> Iterator[Console]:
    kept = {name: value for name, value in os.environ.items() if name not in {"DATABASE_URL", "REDIS_URL"}}
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.browser.server", *(["--debug"] if debug else [])],
        cwd=ROOT,
        env=kept,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        said = process.stdout.readline()
        if not said:
            raise RuntimeError(
                f"the console for the browser did not start (exit {process.wait()}); its words are above"
            )
        yield Console(**json.loads(said))
    finally:
        process.stdin.close()
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        process.stdout.close()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def serve(*, debug: bool) -> None:
    port = free_port()
    environment.prepare()
    os.environ |= {"CONSOLE_PORT": str(port), "DEBUG": str(int(debug)), "ORGANISATION": "Stadtwerke Musterhafen"}

    import django

    environment.load(django.setup)
    from django.core.management import call_command

    from tests import needs

    with contextlib.redirect_stdout(sys.stderr), needs.engine():
        call_command("migrate", verbosity=0)
        call_command("collectstatic", verbosity=0, interactive=False)
        run(port, json.dumps(introduce(port)))


def introduce(port: int) -> dict[str, object]:
    """Fill the world, and say all that the tests need to know about it."""
    from django.conf import settings
    from django.db import connection

    from tests.browser import world
    from tests.browser.pages import PAGES

    facts = world.make()
    addresses = {page.name: page.address(facts) for page in PAGES if settings.DEBUG or not page.debug}
    signed_in = world.sessions()
    connection.close()
    return {
        "url": f"http://127.0.0.1:{port}",
        "cookie": settings.SESSION_COOKIE_NAME,
        "sessions": signed_in,
        "facts": facts,
        "addresses": addresses,
    }


def run(port: int, introduction: str) -> None:
    from daphne.server import Server
    from twisted.internet import reactor

    from console.asgi import application

    def stop_with_standard_input() -> None:
        sys.stdin.read()
        reactor.callFromThread(reactor.stop)

    def say_that_it_listens() -> None:
        assert sys.__stdout__ is not None
        sys.__stdout__.write(introduction + "\n")
        sys.__stdout__.flush()

    threading.Thread(target=stop_with_standard_input, daemon=True).start()
    endpoints = [f"tcp:port={port}:interface=127.0.0.1"]
    Server(application, endpoints=endpoints, signal_handlers=False, ready_callable=say_that_it_listens).run()


if __name__ == "__main__":
    serve(debug="--debug" in sys.argv[1:])
