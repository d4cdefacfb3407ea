"""What a client keeps between two queries: keys, cookies, and where to ask. Frozen; each step gives a new one."""

import json
from base64 import b64decode, b64encode
from dataclasses import dataclass, field, replace

from timesync.nts.codes import Code
from timesync.nts.establishment import MAX_COOKIES, NTP_PORT, Agreement
from timesync.nts.failures import Failure
from timesync.nts.keys import Keys, Provenance
from timesync.nts.query import room_for_placeholders
from timesync.nts.signed import PublicKey


@dataclass(frozen=True, slots=True)
class Association:
    """Keys and cookies belong to this host and port: they must not be used anywhere else."""

    keys: Keys
    host: str
    port: int
    cookies: tuple[bytes, ...] = field(repr=False)
    public_keys: tuple[PublicKey, ...] = ()

    def take_cookie(self) -> tuple[bytes, "Association"]:
        """The oldest cookie, and what is left. Nobody gets it twice. Raises Failure(COOKIES_USED_UP)."""
        if not self.cookies:
            raise Failure(Code.COOKIES_USED_UP)
        return self.cookies[0], replace(self, cookies=self.cookies[1:])

    def add_cookies(self, fresh: tuple[bytes, ...]) -> "Association":
        return replace(self, cookies=tuple(dict.fromkeys(self.cookies + fresh))[:MAX_COOKIES])

    def placeholders(self, cookie: bytes) -> int:
        """How many more cookies to ask for when this one was just taken, so that eight are in store again."""
        return max(min(MAX_COOKIES - len(self.cookies) - 1, room_for_placeholders(cookie)), 0)


def begin(agreement: Agreement, keys: Keys, *, host: str) -> Association:
    """`host` is the server of the key establishment; the agreement may send us elsewhere."""
    port = NTP_PORT if agreement.port is None else agreement.port
    return Association(keys, agreement.server or host, port, agreement.cookies, agreement.public_keys)


def dump(association: Association) -> bytes:
    """For storage. Holds keys and cookies: encrypt it before it leaves memory."""
    keys = association.keys
    return json.dumps(
        {
            "aead": keys.aead,
            "c2s": _text(keys.c2s),
            "s2c": _text(keys.s2c),
            "provenance": keys.provenance,
            "host": association.host,
            "port": association.port,
            "cookies": [_text(cookie) for cookie in association.cookies],
            "public_keys": [[key.id, _text(key.key)] for key in association.public_keys],
        }
    ).encode()


def load(stored: bytes) -> Association:
    """Raises Failure(KEYS_UNUSABLE) for anything that `dump` did not write."""
    try:
        read = json.loads(stored)
        keys = Keys(read["aead"], b64decode(read["c2s"]), b64decode(read["s2c"]), Provenance(read["provenance"]))
        keys.ciphers()
        return Association(
            keys,
            read["host"],
            read["port"],
            tuple(b64decode(cookie) for cookie in read["cookies"]),
            tuple(PublicKey(number, b64decode(key)) for number, key in read["public_keys"]),
        )
    except (ValueError, KeyError, TypeError) as error:
        raise Failure(Code.KEYS_UNUSABLE, reason="stored association unreadable") from error


def _text(secret: bytes) -> str:
    return b64encode(secret).decode()
