"""The witness itself: judge under the lock, remember, and only then sign and answer."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from security.merkle import cosignature
from security.merkle.note import Note, Signature
from security.merkle.policy import Policy
from security.verifying.ed25519 import verify_ed25519
from security.witnessing import rules
from security.witnessing.memory import Memory
from security.witnessing.rules import Submitted


class Witness:
    def __init__(self, memory: Memory, policy: Policy, clock: Callable[[], datetime]) -> None:
        self.memory, self.policy, self._clock = memory, policy, clock

    def add(self, raw: bytes) -> str:
        """The cosignature line over a submitted checkpoint; raise rules.Refusal."""
        given = rules.read(raw)
        rules.check_signed(given, self.policy.keys_for(given.head.origin), verify_ed25519)
        with self.memory.locked():
            latest = self.memory.latest(given.head.origin)
            rules.check_extends(given, latest[0] if latest else None)
            line = self._sign(given)
            # Written before it is answered: after a crash we must not forget what somebody may already hold.
            self.memory.keep(given.head.origin, given.note.with_signatures([line]))
        return line.line()

    def _sign(self, given: Submitted) -> Signature:
        seconds = int(self._clock().timestamp())
        body = cosignature.make(time=seconds, text=given.note.text, sign=self.memory.private.sign)
        return Signature(self.memory.vkey.name, self.memory.vkey.id, body)

    def known(self, origin: str) -> Note | None:
        latest = self.memory.latest(origin)
        return latest[1] if latest else None
