"""The command line of the witness: as a server, or once from cron."""

from __future__ import annotations

import argparse
import json
import sys
import urllib.error
import urllib.request
from contextlib import suppress
from datetime import datetime, timezone
from pathlib import Path

from security.merkle import base64text, checkpoint, note, policy
from security.merkle.add_checkpoint import AddCheckpoint
from security.merkle.faults import Malformed
from security.witnessing.memory import Memory
from security.witnessing.rules import Refusal
from security.witnessing.server import Server
from security.witnessing.witness import Witness

LONGEST = 1 << 20
SEEN, REFUSED, WRONG_USAGE, UNREACHABLE = 0, 1, 2, 3


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="witness.py",
        description="Watch that log books only grow, and cosign each new checkpoint. Runs on a machine of your own.",
        epilog="Exit status of --once: 0 cosigned or nothing new, 1 the book did not only grow (keep what you have, "
        "and ask), 2 wrong usage, 3 not reachable.",
    )
    parser.add_argument("--name", required=True, help="your name as a witness, such as witness.example.org")
    parser.add_argument("--state", required=True, type=Path, help="folder for your key and what you have seen")
    parser.add_argument("--trust", type=Path, metavar="POLICY", help="the policies of the books that you watch")
    parser.add_argument("--listen", metavar="HOST:PORT", help="serve: the console submits its checkpoints here")
    parser.add_argument("--once", metavar="URL", help="fetch URL/checkpoint, check it, cosign it, and end")
    parser.add_argument("--token", type=Path, metavar="FILE", help="with --once: file with the access token to send")
    parser.add_argument("--out", type=Path, metavar="FILE", help="with --once: also write the checkpoint here")
    parser.add_argument("--vkey", action="store_true", help="print your public key for the operator, and end")
    return parser


def main(arguments: list[str] | None = None) -> int:
    given = _parser().parse_args(arguments)
    try:
        memory = Memory(given.state, given.name)
        if given.vkey:
            print(memory.vkey.text())
            return SEEN
        if given.trust is None or bool(given.listen) == bool(given.once):
            print("witness.py: give --trust, and one of --listen and --once", file=sys.stderr)
            return WRONG_USAGE
        rules = policy.parse(given.trust.read_bytes())
    except (OSError, ValueError) as exc:
        print(f"witness.py: {exc}", file=sys.stderr)
        return WRONG_USAGE
    witness = Witness(memory, rules, lambda: datetime.now(timezone.utc))
    return serve(witness, given.listen) if given.listen else once(witness, given.once, given.out, given.token)


def serve(witness: Witness, address: str) -> int:
    host, _, port = address.rpartition(":")
    if not port.isdigit():
        print("witness.py: --listen needs HOST:PORT", file=sys.stderr)
        return WRONG_USAGE
    with Server((host.strip("[]") or "127.0.0.1", int(port)), witness) as server:
        print(f"{witness.memory.vkey.text()} listens on {host}:{server.server_address[1]}", flush=True)
        with suppress(KeyboardInterrupt):
            server.serve_forever()
    return SEEN


def once(witness: Witness, url: str, out: Path | None, token: Path | None = None) -> int:
    """Fetch the head and the proof from what we know, and judge it as if it had been submitted."""
    try:
        secret = token.read_text(encoding="ascii").strip() if token else ""
        fetched = note.parse(_get(f"{url.rstrip('/')}/checkpoint", secret))
        head = checkpoint.parse(fetched.text)
        known = witness.known(head.origin)
        size = checkpoint.parse(known.text).size if known else 0
        hashes: tuple[bytes, ...] = ()
        if 0 < size < head.size:
            hashes = _proof(_get(f"{url.rstrip('/')}/proof/consistency?from={size}&to={head.size}", secret))
        # A book that is shorter than what we saw is judged by what we saw, so that it is refused and not passed over.
        body = AddCheckpoint(min(size, head.size), hashes, fetched).to_text().encode("utf-8")
        line = witness.add(body)
    except (urllib.error.URLError, OSError) as exc:
        print(f"witness.py: {exc}", file=sys.stderr)
        return UNREACHABLE
    except (Malformed, Refusal, ValueError, KeyError, TypeError) as exc:
        print(f"witness.py: refused: {str(exc).strip()}", file=sys.stderr)
        return REFUSED
    if out is not None:
        seen = witness.known(head.origin)
        out.write_bytes(seen.to_text().encode("utf-8") if seen else b"")
    print(f"{head.origin} {head.size} {line}", end="")
    return SEEN


def _get(url: str, token: str) -> bytes:
    if not url.startswith(("http://", "https://")):
        raise ValueError(f"{url[:80]} is not an http address")
    request = urllib.request.Request(url, headers={"Authorization": f"Bearer {token}"} if token else {})  # noqa: S310
    with urllib.request.urlopen(request, timeout=20) as answer:  # noqa: S310 (checked above)
        data: bytes = answer.read(LONGEST)
    return data


def _proof(raw: bytes) -> tuple[bytes, ...]:
    """The console's own document; its `hashes` are what is wanted, and they are checked, so nothing else matters."""
    hashes = json.loads(raw)["hashes"]
    return tuple(base64text.hash_from_text(line, form="consistency proof") for line in hashes)
