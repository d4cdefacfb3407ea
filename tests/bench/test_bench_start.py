"""From `manage.py up` to the first page, cold and warm, beside what this machine needs to load Django alone."""

import os
import subprocess
import sys
import time
from pathlib import Path
from statistics import median

import pytest

from tests.sim.tree import ROOT, Tree

PAGE = "/account/sign-in/"
ROUNDS = 5
GOAL_S = 2.0


def seconds_to_first_page(home: Path) -> float:
    tree = Tree(home)
    try:
        tree.until(lambda: tree.ask(PAGE)[0] == 200, within=60, because="no first page")
        return time.monotonic() - tree.begin
    finally:
        tree.stop()


def seconds_to_load_django() -> float:
    begin = time.monotonic()
    command = [sys.executable, "-c", "import django; django.setup()"]
    subprocess.run(command, cwd=ROOT, env={**os.environ, "DJANGO_SETTINGS_MODULE": "console.settings"}, check=True)
    return time.monotonic() - begin


@pytest.mark.bench
def test_first_page_after_a_warm_start(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    home = tmp_path / "home"
    cold = seconds_to_first_page(home)
    warm, floor = [], []
    for _ in range(ROUNDS):
        warm.append(seconds_to_first_page(home))
        floor.append(seconds_to_load_django())
    with capsys.disabled():
        ratio = median(warm) / median(floor)
        sys.stdout.write(
            f"\nfirst page: cold {cold:.2f} s, warm {median(warm):.2f} s (worst {max(warm):.2f} s); "
            f"loading Django alone {median(floor):.2f} s, ratio {ratio:.1f}; goal warm below {GOAL_S:.0f} s\n"
        )
    assert len(warm) == len(floor) == ROUNDS
