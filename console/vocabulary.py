"""The fixed words for states, each with tone and icon, so that the same state looks the same on every page.

Codes are what is stored and never translated; only the word is. A code that is not listed shows as unknown with its
own name, because a state that nobody has thought of must not look like a good one.
"""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


@dataclass(frozen=True)
class Tone:
    tone: str
    icon: str


@dataclass(frozen=True)
class State:
    tone: str
    icon: str
    word: str | Promise
    strong: bool = False


TONES = {
    "good": Tone("good", "good"),
    "warn": Tone("warn", "warning"),
    "bad": Tone("bad", "bad"),
    "wait": Tone("wait", "pending"),
    "idle": Tone("idle", "info"),
    "unknown": Tone("idle", "unknown"),
}
# The levels of Django's messages.
LEVELS = {
    "debug": Tone("idle", "info"),
    "info": Tone("idle", "info"),
    "success": Tone("good", "good"),
    "warning": Tone("warn", "warning"),
    "error": Tone("bad", "bad"),
}
PROOFS = {
    "open": _("Not yet sealed"),
    "sealed": _("Sealed"),
    "witnessed": _("Witnessed"),
    "broken": _("Broken"),
}
STATES = {
    # stations
    "connected": State("good", "connected", _("Connected")),
    "silent": State("warn", "silent", pgettext_lazy("station", "Silent")),
    "offline": State("idle", "offline", _("Offline")),
    "pending": State("wait", "pending", _("Pending")),
    "blocked": State("bad", "blocked", _("Blocked")),
    "accepted": State("good", "good", pgettext_lazy("station", "Accepted")),
    "knocking": State("wait", "decide", _("Knocking")),
    "keyed": State("wait", "key", pgettext_lazy("station", "Keyed")),
    "restricted": State("warn", "lock", pgettext_lazy("station", "Restricted")),
    "rejected": State("bad", "bad", pgettext_lazy("station", "Rejected")),
    "retired": State("idle", "close", pgettext_lazy("station", "Retired")),
    # commands
    "queued": State("wait", "pending", pgettext_lazy("command", "Queued")),
    "sent": State("wait", "next", pgettext_lazy("command", "Sent")),
    "answered": State("good", "good", pgettext_lazy("command", "Answered")),
    "refused": State("bad", "bad", pgettext_lazy("command", "Refused")),
    "timed-out": State("warn", "silent", pgettext_lazy("command", "Timed out")),
    # keys of stations
    "proposed": State("wait", "pending", pgettext_lazy("key", "Proposed")),
    "told": State("wait", "next", pgettext_lazy("key", "Told")),
    "in-doubt": State("warn", "unknown", pgettext_lazy("key", "In doubt")),
    "confirmed": State("good", "good", pgettext_lazy("key", "Confirmed")),
    "settled": State("good", "good", pgettext_lazy("key", "Settled")),
    "failed": State("bad", "bad", pgettext_lazy("key", "Failed")),
    "replaced": State("idle", "close", pgettext_lazy("key", "Replaced")),
    # severity
    "critical": State("bad", "critical", _("Critical"), strong=True),
    "warning": State("warn", "warning", _("Warning")),
    "info": State("idle", "info", _("Info")),
    "decide": State("wait", "decide", _("Decide"), strong=True),
    # certificates
    "valid": State("good", "good", _("Valid")),
    "expiring": State("warn", "warning", _("Expiring")),
    "expired": State("bad", "bad", _("Expired")),
    "revoked": State("bad", "bad", _("Revoked")),
    # processes, sources, responders
    "running": State("good", "good", _("Running")),
    "stopped": State("bad", "bad", _("Stopped")),
    "unknown": State("idle", "unknown", _("Unknown")),
}


def tone(name: str) -> Tone:
    return TONES.get(name, TONES["unknown"])


def state(code: str) -> State:
    return STATES.get(code) or State("idle", "unknown", code)
