"""`manage.py up`: the whole console on one machine. Says what it does, runs until Ctrl-C, leaves nothing behind."""

import argparse
import os
import sys
import threading
import time
import urllib.error
import urllib.request
from datetime import datetime
from pathlib import Path

from django.conf import LazySettings
from django.core.exceptions import ImproperlyConfigured

from console import home as homes
from console import starting
from console.tree import claims, engine, first_start, plan
from console.tree.errors import DatabaseRefused, StartRefused
from console.tree.record import Recorder
from console.tree.supervisor import Supervisor

REFUSED = 1
WIDTH = 10
# As one must type it from the folder of the console: the environment may not be the active one.
HERE = Path(sys.executable).is_relative_to(Path.cwd())
MANAGE = f"{os.path.relpath(sys.executable)} manage.py" if HERE else "python manage.py"


def main(words: list[str]) -> int:
    wishes = read_wishes(words)
    begin = time.monotonic()
    os.umask(0o077)  # whatever we or our children write is for this user only
    with starting.in_one_line():  # the settings say where the engine will be, so the place is made before they are read
        home = homes.configured()
        homes.prepare(home)
        homes.make_engine_socket(home)
    starting.read_settings()
    from django.conf import settings

    try:
        tree = Tree(settings, wishes, begin)
    except (StartRefused, ImproperlyConfigured) as exc:
        return refuse(str(exc))
    except OSError as exc:  # a full or failing disk, before anything runs
        return refuse(f"{exc.strerror}: {exc.filename or settings.MERIDIAN_HOME}")
    return tree.run()


def read_wishes(words: list[str]) -> plan.Wishes:
    parser = argparse.ArgumentParser(prog="manage.py up", description="Start the whole console on this machine.")
    parser.add_argument("--no-demo", action="store_true", help="no simulated stations and time server")
    parser.add_argument("--stations", type=int, default=plan.Wishes.stations, help="how many simulated stations")
    found = parser.parse_args(words)
    return plan.Wishes(demo=not found.no_demo, stations=found.stations)


def refuse(reason: str) -> int:
    sys.stderr.write(f"meridian: {' '.join(reason.split())}\n")
    return REFUSED


def say(who: str, text: str) -> None:
    sys.stdout.write(f"{datetime.now().astimezone():%H:%M:%S}  {who:<{WIDTH}} {text}\n")
    sys.stdout.flush()


class Tree:
    """Everything claimed and prepared; `run` starts it. Raise StartRefused or ImproperlyConfigured."""

    def __init__(self, settings: LazySettings, wishes: plan.Wishes, begin: float) -> None:
        home: Path = settings.MERIDIAN_HOME
        self.settings, self.wishes, self.begin = settings, wishes, begin
        self.refusal = ""
        self.claim = claims.claim_home(home)
        self.console = claims.listen(settings.BIND, settings.CONSOLE_PORT, variable="CONSOLE_PORT")
        for profile, port in settings.OCPP_PORTS.items():
            claims.check(settings.OCPP_BINDS[profile], port, variable=f"OCPP_PORT_{profile}")
        first_start.prepare(settings, say=lambda text: say("prepare", text))
        self.recorder = Recorder(
            alive=lambda: self.supervisor.alive(), when_loaded=self._when_loaded, give_up=self._give_up
        )
        self.supervisor = Supervisor(settings.BASE_DIR, home / "run", say, self.recorder.tell)
        engine_socket = engine.clear_place(home) if settings.EMBEDDED_ENGINE else None
        self.parts = plan.parts(settings, console=self.console, engine_socket=engine_socket, wishes=wishes)

    def run(self) -> int:
        # The children read where the engine is from the folder; what they print is for files, one JSON line each.
        os.environ.setdefault("LOG_FORMAT", "json")
        if self.wishes.demo:
            # A first look on one's own machine: the second factor may wait, under a banner. Only loopback honours it.
            os.environ.setdefault("DEMO", "1")
        for part in self.parts:
            self.supervisor.add(part, now=time.monotonic())
        threading.Thread(target=self._await_first_page, name="first page", daemon=True).start()
        self.recorder.start()
        self.supervisor.run()
        self.recorder.finish(within=1.0)
        homes.clear_engine_socket(self.settings.MERIDIAN_HOME)
        if self.refusal:
            return refuse(self.refusal)
        say("stopped", "everything has ended")
        return 0

    # ── once the first page is served ────────────────────────────────────────────────────────────────────────────

    def _await_first_page(self) -> None:
        """Ask for a page until there is one. The port is ours since before the web process runs, so asking waits."""
        host, port = self.console.getsockname()[:2]
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - a name to connect to, not to bind
        address = f"http://{f'[{host}]' if ':' in host else host}:{port}/livez"
        while not self.supervisor.stopping:
            try:
                urllib.request.build_opener(urllib.request.ProxyHandler({})).open(address, timeout=10).close()
            except urllib.error.HTTPError:
                break  # it answers, if not well: /readyz says why
            except OSError:
                time.sleep(0.1)
            else:
                break
        self._greet(time.monotonic() - self.begin)
        self.supervisor.web_is_open()
        self.recorder.may_load.set()

    def _greet(self, took: float) -> None:
        settings = self.settings
        database = settings.DATABASES["default"]
        kind = "SQLite" if "sqlite" in database["ENGINE"] else f"PostgreSQL, {database['NAME']}"
        say("open", f"Meridian {settings.VERSION} is at {settings.CONSOLE_URL}  (after {took:.1f} s)")
        for part in self.parts:
            if part.listens:
                say("listens", part.listens)
        say("data", f"{settings.MERIDIAN_HOME} ({kind}); logs in {settings.MERIDIAN_HOME / 'run'}")
        say("", "Ctrl-C stops everything.")

    def _when_loaded(self) -> None:
        """Slow looks that the first page need not wait for."""
        from django.core import checks
        from django.db import connection

        try:
            found = checks.run_checks(tags=[checks.Tags.database], databases=["default"])
        finally:
            connection.close()
        if errors := [message for message in found if message.is_serious()]:
            raise DatabaseRefused(str(errors[0].msg))
        self._show_first_link()

    def _show_first_link(self) -> None:
        from django.db import DatabaseError, connection
        from django.utils import timezone

        from console.tree.first_link import first_link

        try:
            found = first_link(at=timezone.now())
        except DatabaseError as exc:
            say("sign in", f"no link could be made ({exc}); make one with: {MANAGE} operator link NAME")
            return
        finally:
            connection.close()
        if found:
            name, address = found
            say("sign in", f"{address}")
            say("", f"as {name}, once, within 15 minutes; another one: {MANAGE} operator link {name}")

    def _give_up(self, reason: str) -> None:
        self.refusal = reason
        self.supervisor.stop()
