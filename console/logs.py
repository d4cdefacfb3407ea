"""Log lines: one JSON object each for machines, plain ones for people, and never a secret in either.

Redaction works on the finished text of the line, traceback included, because a secret that slips into a message comes
by ways nobody thought of. It is the last line of defence; the first is not to log secrets.
"""

import json
import logging
import re
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any

request_id: ContextVar[str] = ContextVar("request_id", default="")

GONE = "[redacted]"
NAMES = (
    r"pass(?:word|wd|phrase)?|secret|token|api[_-]?key|authorization[_-]?key|basicauthpassword|private[_-]?key"
    r"|session(?:id|[_-]?key)?|csrf(?:token|middlewaretoken)?|otp|totp|(?:otp|totp|mfa|verification|recovery)[_-]?codes?|signature[_-]?key"
)
LINKS = "link|links|invitations?|invite|reset|recover|first|enter|welcome|sign-in"
# Each row: what it looks like, and what is left of it. The order matters: wider forms first.
PATTERNS: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE if fold else 0), left)
    for pattern, left, fold in (
        # private keys, also when a formatter wrote their line ends as \n, also when cut off
        (r"(?s)-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----.*?(?:-----END [A-Z0-9 ]*PRIVATE KEY-----|\Z)", GONE, False),
        # headers, whole to the end of the line or of the quoted text
        (r"((?:proxy-)?authorization|set-cookie|cookie)(['\"]?\s*[:=,]\s*b?['\"]?)[^'\"\r\n]+", rf"\1\2{GONE}", True),
        (r"\b(basic|bearer)\s+[A-Za-z0-9+/=._~-]{8,}", rf"\1 {GONE}", True),
        # scheme://user:password@host
        (r"([a-z][a-z0-9+.-]*://[^\s:/@'\"]*):[^\s/'\"]+@", rf"\1:{GONE}@", True),
        # what a single sign-on sends back in the address
        (r"([?&](?:code|state|id_token|access_token|ticket)=)[^&\s'\"]+", rf"\1{GONE}", True),
        # one-time links: whatever hangs below these words in a path
        (rf"(/(?:{LINKS})/)[^/\s'\"?]{{8,}}", rf"\1{GONE}", True),
        # name=value, "name": "value", 'name': 'value'
        (rf"(\b[\w-]*(?:{NAMES})['\"]?\s*[:=]\s*b?)(\"[^\"]*\"|'[^']*'|[^\s&,;'\"}}\])]+)", rf"\1{GONE}", True),
        # bare values, known by their form: station keys (20 bytes in hex), session ids, TOTP secrets, long tokens
        (r"(?<![0-9A-Za-z])(?:[0-9A-Fa-f]{40}|[0-9a-z]{32}|[0-9A-F]{32})(?![0-9A-Za-z])", GONE, False),
        (r"(?<![0-9A-Za-z])[A-Z2-7]{26,52}(?![0-9A-Za-z=])", GONE, False),
        (r"(?<![\w-])(?=[\w-]*[a-z])(?=[\w-]*[A-Z])(?=[\w-]*[0-9_-])[\w-]{40,}(?![\w-])", GONE, False),
    )
)  # fmt: skip


def redact(text: str) -> str:
    """The text without anything that looks like a secret. SHA-256 fingerprints and log book hashes stay."""
    for pattern, left in PATTERNS:
        text = pattern.sub(left, text)
    return text


def redact_all(value: Any) -> Any:
    """The same for what hangs on a log line: texts inside lists and dicts, and values under a telling name."""
    if isinstance(value, Mapping):
        return {str(key): GONE if _tells(str(key)) and item else redact_all(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [redact_all(item) for item in value]
    if value is None or isinstance(value, bool | int | float):
        return value
    return redact(value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value))


_TELLING = re.compile(rf"(?:^|[\W_])(?:{NAMES}|cookie|authorization|set-cookie)$", re.IGNORECASE)


def _tells(name: str) -> bool:
    return bool(_TELLING.search(name))


# What a LogRecord always has; anything else was given by `extra=`.
STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName", "request_id"}


class Redaction(logging.Filter):
    """Makes the record safe for whatever handler comes after: message, arguments, traceback, extras."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.request_id = getattr(record, "request_id", "") or request_id.get()
        try:
            message = record.getMessage()
        except (TypeError, ValueError):  # a wrong format string must not hide the line
            message = f"{record.msg} {record.args}"
        record.msg, record.args = redact(message), None
        if record.exc_info and not record.exc_text:
            record.exc_text = logging.Formatter().formatException(record.exc_info)
        if record.exc_text:
            record.exc_text = redact(record.exc_text)
        record.exc_info = None
        for name in set(vars(record)) - STANDARD:
            value = getattr(record, name)
            setattr(record, name, GONE if _tells(name) and value else redact_all(value))
        return True


class Json(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        entry: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            "process": record.process,
        }
        if request := getattr(record, "request_id", ""):
            entry["request"] = request
        entry |= {name: value for name, value in vars(record).items() if name not in STANDARD}
        if record.exc_text:
            entry["traceback"] = record.exc_text
        return json.dumps(entry, ensure_ascii=False, default=str)


class Plain(logging.Formatter):
    def __init__(self) -> None:
        super().__init__("%(levelname)s %(name)s: %(message)s")


FORMATS: dict[str, Callable[[], logging.Formatter]] = {"json": Json, "text": Plain}


def configuration(*, level: str, form: str) -> dict[str, Any]:
    """For Django's LOGGING: one handler to standard error, through the redaction, for everything."""
    quiet = {name: {"level": "WARNING"} for name in ("asyncio", "daphne", "celery.redirected", "celery.beat")}
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "filters": {"redaction": {"()": Redaction}},
        "formatters": {"chosen": {"()": FORMATS[form]}},
        "handlers": {
            "stderr": {"class": "logging.StreamHandler", "filters": ["redaction"], "formatter": "chosen"},
        },
        "root": {"handlers": ["stderr"], "level": level},
        # Our own line per request says more than these do (see console/middleware.py).
        "loggers": {
            **quiet,
            "django": {"handlers": [], "propagate": True},
            "django.request": {"level": "ERROR"},
            "django.channels.server": {"level": "WARNING"},
        },
    }
