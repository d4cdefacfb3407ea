"""Writes what the supervisor sees into the database, in a thread of its own: the watching never waits for the writing.

Django is loaded here, after the first page is served, so that loading it does not delay that page.
"""

import queue
import threading
from collections.abc import Callable

from console.tree.supervisor import Sign

EVERY = 5.0


class Recorder(threading.Thread):
    """`when_loaded` runs once, as soon as Django can be used; what it raises ends the tree by `give_up`."""

    def __init__(
        self,
        *,
        alive: Callable[[], dict[str, int]],
        when_loaded: Callable[[], None],
        give_up: Callable[[str], None],
    ) -> None:
        super().__init__(name="recorder", daemon=True)
        self.alive = alive
        self.when_loaded = when_loaded
        self.give_up = give_up
        self.signs: queue.Queue[Sign | None] = queue.Queue()
        self.may_load = threading.Event()

    def tell(self, sign: Sign) -> None:
        self.signs.put(sign)

    def finish(self, *, within: float) -> None:
        """Write what is left, the end of this tree included."""
        self.may_load.set()
        self.signs.put(None)
        self.join(within)

    def run(self) -> None:
        self.may_load.wait()
        import django

        django.setup()
        from console.tree.errors import StartRefused

        try:
            self.when_loaded()
        except StartRefused as exc:
            self.give_up(str(exc))
        self._write_until_finished()

    def _write_until_finished(self) -> None:
        from console.tree.signs import Signs

        signs = Signs(alive=self.alive)
        while True:
            try:
                sign = self.signs.get(timeout=EVERY)
            except queue.Empty:
                signs.give()
                continue
            if sign is None:
                signs.last()
                return
            signs.write(sign)
