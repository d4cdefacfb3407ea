"""Keys that a server made and that came by another way than key establishment (an extension; off by default).

The OCPP message `NTSKE` of Open Charging Cloud carries them from a management system to a station that has no TLS
exporter. Whoever carried them can read and forge all that they protect, so their provenance stays with them.
"""

import re
from base64 import b64decode
from collections.abc import Mapping
from typing import Any

from timesync.nts.aead import AES_SIV_CMAC_256
from timesync.nts.association import Association
from timesync.nts.codes import Code
from timesync.nts.establishment import COOKIE_LENGTHS, MAX_COOKIES, NTP_PORT
from timesync.nts.failures import Failure
from timesync.nts.keys import Keys, Provenance
from timesync.nts.signed import HEAD, PublicKey

ADDRESS = re.compile(r"udp://(?:\[([0-9A-Fa-f:.]+)\]|([0-9A-Za-z.-]+))(?::([0-9]{1,5}))?/?")


def read(server_info: Mapping[str, Any]) -> tuple[Association, ...]:
    """One association per address of a `serverInfo`. Raises Failure(KEYS_UNUSABLE)."""
    try:
        keys = Keys(
            int(server_info.get("aeadAlgorithm") or AES_SIV_CMAC_256),
            b64decode(server_info["c2sKey"], validate=True),
            b64decode(server_info["s2cKey"], validate=True),
            Provenance.HANDED_OVER,
        )
        cookies = tuple(b64decode(cookie, validate=True) for cookie in server_info["cookies"])[:MAX_COOKIES]
        addresses = [_address(url) for url in server_info["urls"]]
        public_keys = tuple(_public_key(b64decode(key, validate=True)) for key in server_info.get("publicKeys") or ())
    except (ValueError, KeyError, TypeError) as error:
        raise Failure(Code.KEYS_UNUSABLE, reason="serverInfo malformed") from error
    keys.ciphers()
    if not addresses or not cookies or any(len(cookie) not in COOKIE_LENGTHS for cookie in cookies):
        raise Failure(Code.KEYS_UNUSABLE, reason="no address or no usable cookie")
    # Cookies are used once, so each address gets its own share of them.
    shares = [cookies[place :: len(addresses)] for place in range(len(addresses))]
    return tuple(
        Association(keys, host, port, share, public_keys)
        for (host, port), share in zip(addresses, shares, strict=True)
        if share
    )


def _address(url: str) -> tuple[str, int]:
    match = ADDRESS.fullmatch(url)
    port = int(match[3] or NTP_PORT) if match else 0
    if not match or not 0 < port < 1 << 16:
        raise ValueError(url)
    return match[1] or match[2], port


def _public_key(body: bytes) -> PublicKey:
    key_id, length = HEAD.unpack_from(body.ljust(HEAD.size, b"\0"))
    if length != len(body) - HEAD.size or not length:
        raise ValueError("public key")
    return PublicKey(key_id, body[HEAD.size :])
