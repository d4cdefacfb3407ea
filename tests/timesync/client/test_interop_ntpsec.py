"""Our client with a real NTPsec as server.

Debian's ntpsec and chrony cannot be installed side by side, so this one is not demanded: it runs where `ntpd` is on the
PATH, or where NTPSEC names one (for example out of `apt-get download ntpsec; dpkg -x ntpsec_*.deb FOLDER`).
"""

import json
import os
import shutil
import subprocess
import sys

import pytest

from tests.needs import SBIN
from tests.tools.source import ROOT


def ntpd() -> str:
    path = os.environ.get("NTPSEC") or shutil.which("ntpd", path=SBIN)
    if not path or "ntpsec" not in subprocess.run([path, "--version"], capture_output=True, text=True).stdout:
        pytest.skip("needs ntpd of NTPsec")
    if os.geteuid() or not shutil.which("unshare") or not shutil.which("setpriv"):
        pytest.skip("needs root, unshare and setpriv")
    return path


@pytest.mark.requirement("T01")
@pytest.mark.requirement("T04")
@pytest.mark.requirement("T08")
def test_ntpsec_serves_our_client_with_every_algorithm(tmp_path):
    visiting = ["unshare", "--net", sys.executable, "-m", "tests.sim.ntpsec", ntpd(), str(tmp_path)]
    done = subprocess.run(visiting, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr + (tmp_path / "log").read_text()
    found = json.loads(done.stdout)
    for number in (15, 16, 17):
        told = found[str(number)]
        assert (told["aead"], told["cookies"]) == (number, 8)
        assert told["authenticated"] == [True]
        assert told["codes"] in ([], ["unsynchronised"])
