"""Why a handshake was refused and what to do about it, in words. The reasons are `stations.admission.Reason`."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from stations.admission import Reason


@dataclass(frozen=True)
class Told:
    """`remedy` is for the person in front of the page; `tone` says how much it matters."""

    what: str | Promise
    remedy: str | Promise
    tone: str = "warn"


WORDS: dict[Reason, Told] = {
    Reason.UNKNOWN: Told(
        _("Nobody registered this identity"),
        _("Register it, if it is yours. Otherwise nothing is to be done: it was not let in."),
        "wait",
    ),
    Reason.SHUT_OUT: Told(
        _("The station is blocked or retired"),
        _("Lift the block on its page when it shall work again. Otherwise take the station off the network."),
        "bad",
    ),
    Reason.OTHER_PROFILE: Told(
        _("It came over another security profile than its own"),
        _("Type the address of its own profile into the station, or register it for the profile it uses."),
    ),
    Reason.NO_CREDENTIALS: Told(
        _("It sent no user name and password"),
        _("Switch Basic authentication on in the station, and type its password in."),
    ),
    Reason.WRONG_USER: Told(
        _("Its user name is not its identity"),
        _("The user name has to be exactly the identity at the end of the address, with the same letters."),
    ),
    Reason.WRONG_KEY: Told(
        _("Its password is wrong"),
        _("Type the password in again. When it is lost, give the station another key and type that one in."),
        "bad",
    ),
    Reason.NO_CERTIFICATE: Told(
        _("It showed no client certificate"),
        _("Install its certificate and private key, or move it to profile 2."),
    ),
    Reason.OTHER_NAME: Told(
        _("Its certificate names somebody else"),
        _("The common name of the certificate has to be the identity of the station. Have a new one issued."),
        "bad",
    ),
    Reason.FOREIGN_ORGANIZATION: Told(
        _("Its certificate names an organisation that is not trusted"),
        _("Add the organisation to the trusted ones, or have the certificate issued for one of them."),
        "bad",
    ),
    Reason.NO_PROTOCOL: Told(
        _("It speaks no version of OCPP that is spoken here"),
        _("Set the station to OCPP 1.6, 2.0.1 or 2.1 over JSON. The versions it offered stand among the facts."),
    ),
    Reason.BAD_PATH: Told(
        _("Its address leads nowhere"),
        _("The address has to end in /ocpp/ and the identity, with special letters percent-encoded."),
    ),
    Reason.SLOWED: Told(
        _("It failed too often and has to wait"),
        _("Find out why it failed before; it may try again by itself after half a minute."),
    ),
    Reason.FULL: Told(
        _("There are too many connections"),
        _("Look whether one address holds very many. Otherwise raise the limit, or run another gateway."),
        "bad",
    ),
    Reason.TLS: Told(
        _("The TLS handshake failed"),
        _("Compare what it offered with TLS 1.2, TLS 1.3 and the suites here; look whether it trusts our certificate."),
    ),
    Reason.REQUEST: Told(
        _("This was no WebSocket handshake"),
        _("Something other than a station asked: a scanner, a browser, or a proxy that drops the Upgrade header."),
        "idle",
    ),
    Reason.DEADLINE: Told(
        _("It opened a connection and said nothing in time"),
        _("Look at the line: this happens on very slow ones. Scanners do it too."),
        "idle",
    ),
}
# What somebody may want to register: an identity was read, and the reason is not that it is known.
REGISTRABLE = frozenset({Reason.UNKNOWN.value})


# What the gateway notes of a connection, as people call it; the rest keeps its own name.
FACTS: dict[str, str | Promise] = {
    "path": _("Path"),
    "offered": _("Versions offered"),
    "authorization": _("User name and password"),
    "user_agent": _("Software"),
    "tls": _("TLS"),
    "suite": _("Cipher suite"),
    "subject": _("Subject of the certificate"),
    "issuer": _("Issuer of the certificate"),
    "serial": _("Serial number of the certificate"),
    "not_after": _("Certificate valid until"),
    "detail": _("Detail"),
}


def named(facts: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The facts of a handshake as name and value, those that have none left out. No secret is among them: the gateway
    keeps only whether there was one."""
    return [
        (str(FACTS.get(name, name)), ", ".join(map(str, value)) if isinstance(value, list) else str(value))
        for name, value in facts.items()
        if value not in (None, "", [], {})
    ]


def told(code: str) -> Told:
    """The words for a stored reason; a code of another version is shown as it is."""
    try:
        return WORDS[Reason(code)]
    except ValueError:
        return Told(code, _("This version of the console has no words for this reason."), "idle")
