"""Take the secrets out of messages before anything stores or shows them.

A secret is recognised by the member that carries it, by the configuration key or variable that stands beside it, and by
its own shape (a private key in PEM, the credentials in a URL). Each is replaced by a mark, so that a reader sees that
something was there. What has no secret comes back as it was, not copied.
"""

import re
from collections.abc import Callable
from operator import is_
from typing import Any

from stations.ocpp.frames import Payload

MARK = "[redacted]"
SECRET_MEMBERS = frozenset(
    [
        "authorizationkey",
        "basicauthpassword",
        "password",
        "apnpassword",
        "simpin",
        "privatekey",
        "passphrase",
        "sharedsecret",
    ]
)
# The VPN's pre-shared key is a member called `key`, which elsewhere is only the name of a setting.
SECRET_IN = {"vpn": frozenset({"key"})}
SECRET_VARIABLES = frozenset(
    [
        "authorizationkey",
        "basicauthpassword",
        "apnpassword",
        "simpin",
        "vpnpassword",
        "vpnkey",
        "password",
        "passphrase",
    ]
)
VALUE_MEMBERS = ("value", "attributeValue", "actualValue")
TOKEN_MEMBERS = frozenset({"idTag", "parentIdTag", "idToken", "groupIdToken"})

PRIVATE_KEY = re.compile(r"-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----.*?(?:-----END [A-Z0-9 ]*PRIVATE KEY-----|\Z)", re.S)
URL_CREDENTIALS = re.compile(r"(?<=://)[^/?#\s\"']*@")
URL_SECRET = re.compile(r"(?<=[?&])((?:token|sig|signature|password|key|secret|x-amz-[a-z-]+)=)[^&#\s\"']+", re.I)
STRING = re.compile(r'"(?:[^"\\]|\\.)*(?:"(\s*:)?|\Z)', re.S)


# Every secret has one of these in its text. Most messages have none, and looking for them costs a tenth of walking.
HINTS = ("password", "authorizationkey", "simpin", "privatekey", "passphrase", "sharedsecret", "vpn", "://", "-----")


def redact(payload: Payload, *, text: str | None = None) -> Payload:
    """`text` is the frame as it was sent, if at hand: one without any hint (and without escapes) needs no walk."""
    if text is not None and "\\" not in text:
        lowered = text.lower()
        if not any(hint in lowered for hint in HINTS):
            return payload
    shown: Payload = _walk(payload, _hide_secret)
    return shown


def mask_tokens(payload: Payload) -> Payload:
    """For readers without the right to see whose card it was: the last two characters stay, to tell cards apart."""
    shown: Payload = _walk(payload, _hide_token)
    return shown


def redact_text(text: str) -> str:
    """For a text in which no member can be told apart, because it does not parse as JSON.

    The first three strings may be type, id and action; of the rest only the names of members stay.
    """
    head, brace, body = text.partition("{")
    return _clean(head) + brace + STRING.sub(lambda found: found[0] if found[1] else '"…"', body)


Hide = Callable[[str, Any, str, bool], Any]


def _walk(value: Any, hide: Hide, owner: str = "", within: bool = False) -> Any:
    """`owner` is the member that holds this value; `within` says that a secret setting is named here or further out."""
    if isinstance(value, dict):
        within = within or _names_secret(value)
        shown = {
            member: _walk(hide(member, inner, owner, within), hide, member, within) for member, inner in value.items()
        }
        return value if all(shown[member] is inner for member, inner in value.items()) else shown
    if isinstance(value, list):
        items = [_walk(item, hide, owner, within) for item in value]
        return value if all(map(is_, items, value)) else items
    return _clean(value) if isinstance(value, str) else value


def _hide_secret(member: str, value: Any, owner: str, within: bool) -> Any:
    if value in (None, "", []) or isinstance(value, dict):
        return value
    if member.lower() in SECRET_MEMBERS or member in SECRET_IN.get(owner, ()):
        return MARK
    return MARK if within and member in VALUE_MEMBERS else value


def _names_secret(holder: Payload) -> bool:
    """1.6 names the setting in `key`; 2.x in `variable.name`, of which a report hangs the values one level lower."""
    variable = holder.get("variable")
    name = variable.get("name") if isinstance(variable, dict) else holder.get("key")
    return isinstance(name, str) and name.strip().lower() in SECRET_VARIABLES


def _hide_token(member: str, value: Any, _owner: str, _within: bool) -> Any:
    return f"…{value[-2:]}" if member in TOKEN_MEMBERS and isinstance(value, str) and value else value


def _clean(text: str) -> str:
    """Only what looks like it can hold one is searched: most strings are short words."""
    if "-----" in text:
        text = PRIVATE_KEY.sub(MARK, text)
    if "://" in text:
        text = URL_SECRET.sub(rf"\1{MARK}", URL_CREDENTIALS.sub(f"{MARK}@", text))
    return text
