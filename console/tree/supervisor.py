"""Start, watch, restart, stop. Knows processes and time, but neither Django nor the database.

Everything here runs in the main thread: the kernel ends the children when the *thread* that started them ends. The loop
sleeps until a signal (a child ended, somebody wants us to stop), the news that the first page is served, or the next
thing that is due.
"""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from select import select

from console.tree.journal import Journal
from console.tree.plan import Part

DELAYS = (0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0)  # seconds before the 1st, 2nd, ... restart in a row
STEADY = 30.0  # a process that lived so long has recovered: its next fall is a first one again
LOOK = 0.5  # seconds between looks at the journals
# Seconds after Ctrl-C at which the parts of each phase must have ended (`Part.stop`); the rest ends by force then.
# A worker without anything to do takes 2.6 s to end.
DEADLINES = (3.8, 4.5)
WEB_PATIENCE = 20.0  # seconds after which the others start even when no page is served

Say = Callable[[str, str], None]


@dataclass(frozen=True)
class Sign:
    """Something happened to a process; `code` None means it was started."""

    name: str
    pid: int
    restarts: int
    code: int | None = None
    wanted: bool = False


@dataclass
class Child:
    part: Part
    journal: Journal
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    restarts: int = -1
    falls: int = 0
    due: float | None = None


@dataclass
class Supervisor:
    root: Path
    logs: Path
    say: Say
    tell: Callable[[Sign], None]
    children: list[Child] = field(default_factory=list)
    stopping: bool = False
    forced: bool = False
    _open: bool = False
    _bell: tuple[socket.socket, socket.socket] = field(default_factory=socket.socketpair)

    def add(self, part: Part, *, now: float) -> None:
        due = now + WEB_PATIENCE if part.after_web else now
        self.children.append(Child(part, Journal.at(self.logs / f"{part.name}.log"), due=due))

    def run(self) -> None:
        """Return when everything has been stopped, by a signal or by `stop`."""
        self._listen_to_signals()
        try:
            while not self.stopping:
                now = time.monotonic()
                self._reap(now)
                self._start_due(now)
                self._show()
                self._sleep(now)
        finally:
            self._stop_all()

    def web_is_open(self) -> None:
        """The first page is served; to be called from any thread."""
        self._open = True
        self._ring()

    def stop(self) -> None:
        """End the tree; to be called from any thread and from signal handlers."""
        self.stopping = True
        self._ring()

    def alive(self) -> dict[str, int]:
        """Process ids by name."""
        return {child.part.name: child.process.pid for child in self.children if child.process}

    # ── signals and sleep ────────────────────────────────────────────────────────────────────────────────────────

    def _listen_to_signals(self) -> None:
        for end in self._bell:
            end.setblocking(False)
        signal.set_wakeup_fd(self._bell[1].fileno(), warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, lambda *_: self._asked_to_stop())

    def _asked_to_stop(self) -> None:
        self.forced = self.stopping  # the second time somebody is in a hurry
        self.stopping = True

    def _ring(self) -> None:
        with suppress(BlockingIOError):  # it is ringing already
            self._bell[1].send(b"!")

    def _sleep(self, now: float, *, at_most: float = LOOK) -> None:
        dues = [child.due - now for child in self.children if child.due is not None and not child.process]
        wait = max(0.0, min([at_most, *dues]))
        if select([self._bell[0]], [], [], wait)[0]:
            with suppress(BlockingIOError):
                self._bell[0].recv(4096)

    # ── start and restart ────────────────────────────────────────────────────────────────────────────────────────

    def _start_due(self, now: float) -> None:
        for child in self.children:
            if self._open and child.part.after_web and child.restarts < 0:
                child.due = now
            if child.process is None and child.due is not None and child.due <= now:
                self._start(child, now)

    def _start(self, child: Child, now: float) -> None:
        output = child.journal.open()
        try:
            child.process = subprocess.Popen(  # noqa: S603 - our own table of commands, no shell
                child.part.command(os.getpid()),
                cwd=self.root,
                env={**os.environ, **child.part.environment, "MERIDIAN_PROCESS": child.part.name},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                pass_fds=child.part.sockets,
                start_new_session=True,
            )
        except OSError as exc:
            self._fell(child, now, f"cannot be started: {exc.strerror}")
            return
        finally:
            os.close(output)
        child.started, child.due = now, None
        child.restarts += 1
        if child.restarts:
            self.say(child.part.name, f"started again, process {child.process.pid}, restart {child.restarts}")
        self.tell(Sign(child.part.name, child.process.pid, child.restarts))

    def _reap(self, now: float) -> None:
        for child in self.children:
            process = child.process
            if process is None or (code := process.poll()) is None:
                continue
            _kill_group(process.pid)  # what it started itself must not outlive it
            child.process = None
            self.tell(Sign(child.part.name, process.pid, child.restarts, code))
            self._fell(child, now, how_it_ended(code))

    def _fell(self, child: Child, now: float, how: str) -> None:
        child.falls = 0 if now - child.started > STEADY else child.falls
        delay = DELAYS[min(child.falls, len(DELAYS) - 1)]
        child.falls += 1
        child.due = now + delay
        self._show()
        self.say(child.part.name, f"{how}; starting it again in {delay:g} s")
        if child.falls == 2:  # the second fall in a row: it will not get better by itself
            for line in child.journal.last_words():
                self.say(child.part.name, f"  {line}")

    def _show(self) -> None:
        for child in self.children:
            for line in child.journal.news():
                self.say(child.part.name, line)

    # ── stop ─────────────────────────────────────────────────────────────────────────────────────────────────────

    def _stop_all(self) -> None:
        """Phase after phase is asked to end, each with its share of the time; whoever is left then is killed."""
        begin = time.monotonic()
        for phase, deadline in enumerate(DEADLINES):
            group = [child for child in self.children if child.part.stop == phase and child.process]
            for child in group:
                self._ask(child)
            self._await(group, begin + deadline)
            self._kill(group)
        self._kill(self.children)
        signal.set_wakeup_fd(-1)

    def _kill(self, group: list[Child]) -> None:
        for child in group:
            if child.process:
                self.say(child.part.name, "did not end in time and was killed")
                _kill_group(child.process.pid)
                self._gone(child, child.process.wait())

    def _ask(self, child: Child) -> None:
        if child.process and child.process.poll() is None:
            child.process.send_signal(signal.SIGKILL if self.forced else signal.SIGTERM)

    def _await(self, group: list[Child], deadline: float) -> None:
        while waiting := [child for child in group if child.process]:
            for child in waiting:
                if child.process and (code := child.process.poll()) is not None:
                    _kill_group(child.process.pid)
                    self._gone(child, code)
            if self.forced or (now := time.monotonic()) >= deadline:
                return
            self._sleep(now, at_most=min(0.1, deadline - now))

    def _gone(self, child: Child, code: int) -> None:
        if child.process:
            self.tell(Sign(child.part.name, child.process.pid, child.restarts, code, wanted=True))
        child.process = None
        child.due = None


def how_it_ended(code: int) -> str:
    if code < 0:
        try:
            return f"was ended by {signal.Signals(-code).name}"
        except ValueError:
            return f"was ended by signal {-code}"
    return f"ended by itself with code {code}"


def _kill_group(pid: int) -> None:
    """Each child leads a process group of its own id, so this reaches its own children and nobody else."""
    with suppress(ProcessLookupError, PermissionError):  # nobody is left in it
        os.killpg(pid, signal.SIGKILL)
