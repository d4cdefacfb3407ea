"""What every process of the tree runs first: die with the supervisor, then become the process itself.

`python -m console.tree.child SUPERVISOR module NAME ARG…` runs a Python module in this very process;
`python -m console.tree.child SUPERVISOR program PATH ARG…` replaces the process by a program.

The kernel sends the signal when the supervisor ends in whatever way, `kill -9` included, so nothing stays behind.
It is set here and not between fork and exec, where a process with threads may only do very little. Linux only: where
the call is missing, a killed supervisor leaves its children running and the next `up` says which port is busy.
"""

import os
import runpy
import signal
import sys

PR_SET_PDEATHSIG = 1


def die_with(parent: int) -> None:
    """End this process as soon as `parent`, which must have started it, ends."""
    if sys.platform == "linux":
        import ctypes

        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it ended before the kernel knew
        sys.exit(1)


def become(kind: str, name: str, arguments: list[str]) -> None:
    if kind == "program":
        os.execv(name, [name, *arguments])  # noqa: S606 - the supervisor chose this program; no shell is wanted
    sys.argv = [name, *arguments]
    runpy.run_module(name, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    die_with(int(sys.argv[1]))
    become(sys.argv[2], sys.argv[3], sys.argv[4:])
