"""A real ntpd of NTPsec as server, visited by our client, both in a network namespace of their own.

Its ports are fixed (123 and 4460), so it must have a loopback to itself:

    unshare --net python -m tests.sim.ntpsec /usr/sbin/ntpd FOLDER

It needs minutes until it believes its own reference clock. Until then each reply is authenticated and says that it has
no time: enough to prove key establishment, every algorithm, cookies and authentication.
"""

import fcntl
import json
import socket
import struct
import subprocess
import sys
import time
from pathlib import Path

from tests.sim.time_certificates import Authority
from timesync.client import probing
from timesync.client.results import Probe
from timesync.client.targets import Plan, Target

SIOCSIFFLAGS, IFF_UP, IFF_RUNNING = 0x8914, 0x1, 0x40
ALGORITHMS = (15, 16, 17)


def main(ntpd: str, folder: Path) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        fcntl.ioctl(any_socket, SIOCSIFFLAGS, struct.pack("16sH14x", b"lo", IFF_UP | IFF_RUNNING))
    authority = Authority()
    configure(folder, authority)
    command = ["setpriv", "--bounding-set=-sys_time", ntpd, "-n", "-N", "-c", str(folder / "ntp.conf")]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        wait_for(4460)
        target = Target("ntpsec", "localhost", 4460, anchors_pem=authority.pem, allow_private=True)
        found = {number: told(probe(target, number)) for number in ALGORITHMS}
    finally:
        process.terminate()
        process.wait(10)
    sys.stdout.write(json.dumps(found) + "\n")


def configure(folder: Path, authority: Authority) -> None:
    identity = authority.issue("localhost", "127.0.0.1", "::1")
    (folder / "leaf.pem").write_bytes(identity.certificate)
    (folder / "leaf.key").write_bytes(identity.key)
    lines = [
        "nts enable",
        f"nts cert {folder}/leaf.pem",
        f"nts key {folder}/leaf.key",
        f"nts cookie {folder}/nts-keys",
        "refclock local stratum 3",
        "tos orphan 4 minsane 1 minclock 1",
        "restrict default",
    ]
    (folder / "ntp.conf").write_text("\n".join(lines) + "\n")


def wait_for(port: int) -> None:
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), 0.2).close()
            return
        except OSError:
            time.sleep(0.1)
    sys.exit("ntpd does not start")


def probe(target: Target, algorithm: int) -> Probe:
    offering = Target(target.name, target.host, aeads=(algorithm,), anchors_pem=target.anchors_pem, allow_private=True)
    return probing.run([offering], plan=Plan(queries=1))[0]


def told(probe: Probe) -> dict[str, object]:
    made = probe.establishment
    return {
        "aead": made.aead if made else None,
        "cookies": made.cookies if made else 0,
        "authenticated": [exchange.is_authenticated for exchange in probe.exchanges],
        "codes": sorted({trouble.code for trouble in probe.troubles}),
    }


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
