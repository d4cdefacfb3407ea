"""Named places where a test lets the process die, to prove that a crash there loses nothing.

They do nothing unless the environment variable MERIDIAN_DIE_AT names one, as `name` or `name:3` for the third time that
it is passed; the start-up refuses that variable.
"""

import os
import signal

VARIABLE = "MERIDIAN_DIE_AT"
NAMED, _, _count = os.environ.get(VARIABLE, "").partition(":")
_left = int(_count or "1")


def failpoint(name: str) -> None:
    global _left
    if name != NAMED:
        return
    _left -= 1
    if _left == 0:
        os.kill(os.getpid(), signal.SIGKILL)
