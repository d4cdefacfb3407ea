"""What an entry says, in one sentence that needs no training. Kinds are codes and never translated; sentences are.

A sentence may name `{subject}`, `{actor}` and members of the payload. A kind without a row is shown by its own name,
and so is a member that an entry does not have: nothing is ever left out or made up.
"""

import re
from collections.abc import Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

SENTENCES: dict[str, str | Promise] = {
    # log books
    "book.opened": _("The book was opened under the name {origin}."),
    "book.alarm": _("Book {book} was found broken and takes no more entries: {detail}."),
    "book.check-asked": _("{actor} asked for a check of the whole book {book}, {size} entries."),
    "book.checked": _("All {size} entries of book {book} were checked: {verdict}."),
    "book.seal-ordered": _("{actor} had new entries sealed at once: {books}."),
    "book.reimported": _("{actor} brought entries {from} up to {to} back from an export."),
    "logbook.entered": _("{actor} made entry {sequence} in book {book} by hand."),
    "clock.regressed": _("The console’s clock went back: entry {sequence} says {after}, the one before {before}."),
    "personal.erased": _("{actor} had the personal value of {field} in entry {sequence} erased. Basis: {basis}."),
    # clocks
    "clock.adjusted": _("The clock of {subject} was moved from {before} to {after}."),
    # keys of the log books
    "key.introduced": _("A new key signs for this book from here on: {vkey}."),
    "key.retired": _("The key {vkey} signs once more and is then retired."),
    "key.revoked": _("The key {vkey} was revoked; what it signed after {not_after} does not count."),
    "witness.added": _("{actor} had {subject} asked to witness every seal: {url}."),
    "timestamps.added": _("{actor} had {subject} asked for time stamps."),
    # certificates
    "trust.added": _("{actor} trusted a certificate for {purpose}: {fingerprint}."),
    "certificate.issued": _("{actor} had certificate {serial} issued for {subject}."),
    "certificate.installed": _("{actor} had the {subject} show certificate {serial}."),
    "certificate.revoked": _("{actor} revoked certificate {serial} of {subject}. Reason: {reason}."),
    # exports
    "export.asked": _("{actor} asked for an export of book {book}."),
    "export.made": _("An export of book {book} was made."),
    "export.failed": _("An export of book {book} could not be made."),
    "export.downloaded": _("{actor} took an export of book {book} away."),
    # stations
    "station.added": _("{actor} added station {subject}."),
    "station.knocked": _("Station {subject} knocked for the first time."),
    "station.accepted": _("{actor} let station {subject} in."),
    "station.pending": _("Station {subject} waits to be onboarded."),
    "station.restricted": _("{actor} restricted station {subject} until its credentials are replaced."),
    "station.rejected": _("{actor} turned station {subject} away."),
    "station.blocked": _("{actor} blocked station {subject}."),
    "station.keyed": _("Station {subject} has a key of its own and may be accepted."),
    "station.regrouped": _("{actor} moved station {subject} from group “{before}” to group “{after}”."),
    "station.retired": _("{actor} retired station {subject}."),
    "station.security-event": _("Station {subject} reported the security event {type}."),
    "command.queued": _("{actor} had the command {action} queued for station {subject}."),
    "command.settled": _("The command {action} to station {subject} ended as {state}."),
    "key.given": _("{actor} gave station {subject} a key."),
    "key.proposed": _("{actor} proposed a new key for station {subject}."),
    "key.confirmed": _("Station {subject} confirmed its new key."),
    "key.in-doubt": _("Whether station {subject} took its new key is in doubt; both are accepted."),
    "key.settled": _("Station {subject} showed which key it has."),
    "key.refused": _("Station {subject} refused its new key."),
    # people
    "view.saved": _("{actor} saved the view “{view}”."),
    "view.removed": _("{actor} removed the view “{view}”."),
    "access.refused": _("{actor} was refused something that needs the right {right}."),
    "session.ended": _("{actor} ended a session of {subject}."),
    "session.expired": _("A session of {subject} ran out."),
    "role.granted": _("{actor} gave {subject} the role {role}."),
    "role.revoked": _("{actor} took the role {role} from {subject}."),
    "password.changed": _("{actor} changed the password of {subject}."),
    "operator.invited": _("{actor} invited {subject}."),
    "operator.enabled": _("{actor} let {subject} sign in again."),
    "operator.disabled": _("{actor} barred {subject} from signing in."),
    "operator.settings": _("{actor} changed settings of {subject}."),
    "operator.signed-in": _("{subject} signed in."),
    "operator.signed-out": _("{subject} signed out."),
    "operator.profile-changed": _("{actor} changed the profile of {subject}."),
    "link.issued": _("{actor} had a sign-in link made for {subject}."),
    "link.used": _("{subject} used a sign-in link."),
    "link.refused": _("A sign-in link for {subject} was refused."),
    "factor.added": _("{actor} added a second factor for {subject}."),
    "factor.removed": _("{actor} removed a second factor of {subject}."),
    "factor.reset": _("{actor} reset the second factors of {subject}."),
    "factor.failed": _("A second factor of {subject} did not fit."),
    "recovery-codes.made": _("{actor} had {count} recovery codes made for {subject}."),
    "recovery-code.used": _("{subject} used a recovery code; {left} are left."),
    "sign-in.failed": _("Somebody failed to sign in by {method}: {reason}."),
    "single-sign-on.tied": _("{subject} was tied to an account of the organisation."),
    "api-token.created": _("{actor} made an access token for programs: {scopes}."),
    "api-token.revoked": _("{actor} revoked an access token for programs."),
    "sudo.passed": _("{actor} proved once more who they are."),
    "sudo.failed": _("{actor} failed to prove once more who they are."),
}


# What acts by itself, in words.
AUTOMATIC: dict[str, str | Promise] = {
    "system:console": _("The console"),
    "system:onboarding": _("The onboarding"),
    "system:commands": _("The command queue"),
    "system:simulator": _("The simulator"),
    "system:authority": _("The built-in authority"),
}
MOMENT = re.compile(r"(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d\.\d{3})\d*Z")


class _Said(dict[str, Any]):
    """What a sentence may name; what the entry does not say stays visible as its name."""

    def __missing__(self, name: str) -> str:
        return f"‹{name}›"


def of(entry: Mapping[str, Any]) -> str:
    """The sentence of an entry, as its bytes say it."""
    template = SENTENCES.get(entry["kind"])
    if template is None:
        return gettext("%(actor)s: %(kind)s, about %(subject)s.") % {
            "actor": named(entry["actor"]),
            "kind": entry["kind"],
            "subject": named(entry["subject"]),
        }
    said = _Said({name: _text(value) for name, value in entry["payload"].items()})
    said.update(subject=named(entry["subject"]), actor=named(entry["actor"]))
    return str(template).format_map(said)


def named(who: str) -> str:
    """`operator:ada` is ada, `system:console` is the console; other names stay whole."""
    kind, _colon, name = who.partition(":")
    if who in AUTOMATIC:
        return str(AUTOMATIC[who])
    return name if kind in {"operator", "station"} and name else who


def _text(value: Any) -> str:
    """A member of a payload inside a sentence; a commitment says that a value is held back."""
    if isinstance(value, dict) and set(value) == {"commitment"}:
        return gettext("(a personal value, held apart)")
    if value is True or value is False:
        return gettext("yes") if value else gettext("no")
    if isinstance(value, list):
        return ", ".join(_text(item) for item in value)
    # Every console says a moment of a log entry alike, so that two people who compare their pages read the same.
    return MOMENT.sub(r"\1 \2 UTC", str(value))
