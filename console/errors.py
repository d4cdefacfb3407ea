"""What can go wrong in the console itself, and the one table that turns domain errors of all packages into answers.

An error carries facts, never a status: `STATUS` is where the web edge translates. A class that is not listed inherits
the row of its nearest listed ancestor; a test asserts that every package error finds one. The text is for the person
who asked: what is wrong, and what to do.
"""

import re
from datetime import datetime
from http import HTTPStatus

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from console.rights import WORDS, Right
from security import errors as security
from stations import errors as stations


class ConsoleError(Exception):
    """Something a person at the console asked for cannot be done; the text says why and what to do."""


class NotAllowed(ConsoleError):
    def __init__(self, right: Right) -> None:
        super().__init__(
            _("This needs the right “%(right)s”. Ask an administrator for a role that has it.")
            % {"right": WORDS[right]}
        )
        self.right = right


# ── people ───────────────────────────────────────────────────────────────────────────────────────────────────────


class PersonUnknown(ConsoleError):
    def __init__(self, name: str) -> None:
        super().__init__(_("Nobody here is called “%(name)s”. Look at the list of people.") % {"name": name})


class NameMalformed(ConsoleError):
    def __init__(self) -> None:
        super().__init__(
            _(
                "This name cannot be used. Write 2 to 64 small letters, digits, dots, hyphens or underscores, "
                "starting with a letter or digit."
            )
        )


class NameTaken(ConsoleError):
    def __init__(self, name: str) -> None:
        super().__init__(
            _("There is already somebody called “%(name)s”. Choose another name: names are never used twice.")
            % {"name": name}
        )


class EmailTaken(ConsoleError):
    def __init__(self) -> None:
        super().__init__(_("This e-mail address belongs to another person. Give one that is used once only."))


class EmailMalformed(ConsoleError):
    def __init__(self) -> None:
        super().__init__(_("This is no e-mail address. Write it as name@example.org."))


class RoleMissing(ConsoleError):
    def __init__(self) -> None:
        super().__init__(_("A person without a role can see nothing. Choose at least one role."))


class RoleUnknown(ConsoleError):
    def __init__(self, role: str) -> None:
        super().__init__(_("There is no role “%(role)s”. The page “Roles” lists them all.") % {"role": role})


class GroupUnknown(ConsoleError):
    def __init__(self, group: str) -> None:
        super().__init__(
            _("There is no station group “%(group)s”. Make it first, or leave the group out.") % {"group": group}
        )


class LastAdministrator(ConsoleError):
    def __init__(self) -> None:
        super().__init__(_("This is the last administrator who can sign in. Make another person administrator first."))


class OwnRole(ConsoleError):
    def __init__(self) -> None:
        super().__init__(_("Nobody gives roles to themselves. Ask another administrator."))


class OwnAccount(ConsoleError):
    def __init__(self) -> None:
        super().__init__(_("Nobody does this to their own account. Ask another administrator."))


# ── signing in ───────────────────────────────────────────────────────────────────────────────────────────────────


class SignInRefused(ConsoleError):
    """`left` tries remain before the pause of `minutes`."""

    def __init__(self, *, left: int, minutes: int) -> None:
        super().__init__(_("Name or password is wrong.") + " " + tries_left(left, minutes))
        self.left, self.minutes = left, minutes


class WrongCode(ConsoleError):
    def __init__(self, *, left: int, minutes: int) -> None:
        super().__init__(
            _("The code is wrong, was used before, or is too old. Wait for the next one.")
            + " "
            + tries_left(left, minutes)
        )
        self.left, self.minutes = left, minutes


class PasskeyRefused(ConsoleError):
    def __init__(self) -> None:
        super().__init__(_("This passkey is not known here. Try again, or sign in with your password."))


class TooManyTries(ConsoleError):
    """Nothing is checked before `until`, not even what would be right."""

    def __init__(self, until: datetime, *, at: datetime) -> None:
        minutes = max(1, -(-int((until - at).total_seconds()) // 60))
        super().__init__(
            ngettext(
                "Too many wrong tries. Try again in %(minutes)d minute, or ask an administrator for a sign-in link.",
                "Too many wrong tries. Try again in %(minutes)d minutes, or ask an administrator for a sign-in link.",
                minutes,
            )
            % {"minutes": minutes}
        )
        self.until = until


class LinkRefused(ConsoleError):
    """`reason` is unknown, used, expired, withdrawn or disabled."""

    def __init__(self, reason: str) -> None:
        texts = {
            "used": _("This link has been used already; it works once. Ask for a new one."),
            "expired": _("This link is too old. Ask for a new one."),
            "withdrawn": _("This link was replaced by a newer one. Use that one, or ask for another."),
            "disabled": _("This account is disabled. Ask an administrator."),
        }
        super().__init__(
            texts.get(reason) or _("This link is not known here. Check that the whole address was copied.")
        )
        self.reason = reason


class NotInvited(ConsoleError):
    def __init__(self) -> None:
        super().__init__(
            _(
                "You have signed in with your organisation, but nobody has invited you here. "
                "Ask an administrator to invite you with the e-mail address of that account."
            )
        )


class SingleSignOnFailed(ConsoleError):
    def __init__(self) -> None:
        super().__init__(_("Your organisation’s sign-in did not work. Try again, or sign in with your password."))


class SignInOver(ConsoleError):
    """The second step came too long after the first, or without one."""

    def __init__(self) -> None:
        super().__init__(_("This sign-in took too long. Start again."))


# ── one's own account ────────────────────────────────────────────────────────────────────────────────────────────


class PasswordRefused(ConsoleError):
    def __init__(self, reasons: list[str]) -> None:
        super().__init__(" ".join(reasons))
        self.reasons = reasons


class FactorUnknown(ConsoleError):
    def __init__(self) -> None:
        super().__init__(_("This second factor is not there any more. Look at the list again."))


class FactorNeeded(ConsoleError):
    def __init__(self) -> None:
        super().__init__(_("Your role needs a second factor. Add another one before you remove this."))


class FirstCodeWrong(ConsoleError):
    def __init__(self) -> None:
        super().__init__(
            _(
                "The app shows another code. Check that the clock of your phone is right, "
                "and type the code it shows now."
            )
        )


class FactorExists(ConsoleError):
    def __init__(self) -> None:
        super().__init__(_("An authenticator app is set up already. Remove it first."))


class PostponementRefused(ConsoleError):
    def __init__(self) -> None:
        super().__init__(_("Only the demo on this machine may put off the second factor. Set one up now."))


class SessionUnknown(ConsoleError):
    def __init__(self) -> None:
        super().__init__(_("This session has ended already. Look at the list again."))


class LanguageUnknown(ConsoleError):
    def __init__(self) -> None:
        super().__init__(_("The console does not speak this language. Choose one of the list."))


class ThemeUnknown(ConsoleError):
    def __init__(self) -> None:
        super().__init__(_("There is no such theme. Choose light, dark, or that of the system."))


class ZoneUnknown(ConsoleError):
    def __init__(self, zone: str) -> None:
        super().__init__(
            _("There is no time zone “%(zone)s”. Choose one of the list, for example Europe/Berlin.") % {"zone": zone}
        )


# ── programs ─────────────────────────────────────────────────────────────────────────────────────────────────────


class ScopeUnknown(ConsoleError):
    def __init__(self, scope: str) -> None:
        super().__init__(
            _("There is no scope “%(scope)s”. Scopes are rights, for example read-billing.") % {"scope": scope}
        )


class TokenUnknown(ConsoleError):
    def __init__(self) -> None:
        super().__init__(_("There is no such API token. “apitoken list” shows them."))


class ExpiryPast(ConsoleError):
    def __init__(self) -> None:
        super().__init__(_("The token would have expired before it is made. Give a day to come."))


def tries_left(left: int, minutes: int) -> str:
    if left == 0:
        return ngettext(
            "No try is left: there is now a pause of %(minutes)d minute.",
            "No try is left: there is now a pause of %(minutes)d minutes.",
            minutes,
        ) % {"minutes": minutes}
    return ngettext(
        "%(left)d try is left, then there is a pause of %(minutes)d minutes.",
        "%(left)d tries are left, then there is a pause of %(minutes)d minutes.",
        left,
    ) % {"left": left, "minutes": minutes}


# ── saved views ──────────────────────────────────────────────────────────────────────────────────────────────────


class ViewExists(ConsoleError):
    def __init__(self, name: str) -> None:
        super().__init__(_("You already have a view called “%(name)s”. Choose another name.") % {"name": name})


class ViewUnknown(ConsoleError):
    def __init__(self) -> None:
        super().__init__(_("This view is not there, or not yours. Look at your own views above the list."))


class TooManyViews(ConsoleError):
    def __init__(self, most: int) -> None:
        super().__init__(_("You have %(most)s views already. Remove one first.") % {"most": most})


class ViewUnnamed(ConsoleError):
    def __init__(self) -> None:
        super().__init__(_("This view has no name. Give it one."))


STATUS: dict[type[Exception], HTTPStatus] = {
    ConsoleError: HTTPStatus.CONFLICT,
    NotAllowed: HTTPStatus.FORBIDDEN,
    security.SecurityError: HTTPStatus.CONFLICT,
    security.BookUnknown: HTTPStatus.NOT_FOUND,
    security.EntryUnknown: HTTPStatus.NOT_FOUND,
    security.OpeningUnknown: HTTPStatus.NOT_FOUND,
    security.NotSealed: HTTPStatus.NOT_FOUND,
    # No entry, no act: nothing that must be entered can be done until somebody has looked after the book.
    security.BookNotOpen: HTTPStatus.SERVICE_UNAVAILABLE,
    security.EntryRefused: HTTPStatus.BAD_REQUEST,
    security.CertificateRefused: HTTPStatus.BAD_REQUEST,
    security.CertificateUnknown: HTTPStatus.NOT_FOUND,
    stations.StationsError: HTTPStatus.CONFLICT,
    stations.StationUnknown: HTTPStatus.NOT_FOUND,
    stations.CommandUnknown: HTTPStatus.NOT_FOUND,
    stations.IdentityNotAllowed: HTTPStatus.BAD_REQUEST,
    stations.ProfileNotAllowed: HTTPStatus.BAD_REQUEST,
    stations.KeyNotAllowed: HTTPStatus.BAD_REQUEST,
    ViewUnknown: HTTPStatus.NOT_FOUND,
    PersonUnknown: HTTPStatus.NOT_FOUND,
    NameMalformed: HTTPStatus.BAD_REQUEST,
    EmailMalformed: HTTPStatus.BAD_REQUEST,
    RoleMissing: HTTPStatus.BAD_REQUEST,
    RoleUnknown: HTTPStatus.BAD_REQUEST,
    GroupUnknown: HTTPStatus.BAD_REQUEST,
    SignInRefused: HTTPStatus.BAD_REQUEST,
    WrongCode: HTTPStatus.BAD_REQUEST,
    PasskeyRefused: HTTPStatus.BAD_REQUEST,
    TooManyTries: HTTPStatus.TOO_MANY_REQUESTS,
    LinkRefused: HTTPStatus.GONE,
    NotInvited: HTTPStatus.FORBIDDEN,
    SingleSignOnFailed: HTTPStatus.BAD_REQUEST,
    SignInOver: HTTPStatus.BAD_REQUEST,
    PasswordRefused: HTTPStatus.BAD_REQUEST,
    FirstCodeWrong: HTTPStatus.BAD_REQUEST,
    FactorUnknown: HTTPStatus.NOT_FOUND,
    PostponementRefused: HTTPStatus.FORBIDDEN,
    SessionUnknown: HTTPStatus.NOT_FOUND,
    LanguageUnknown: HTTPStatus.BAD_REQUEST,
    ThemeUnknown: HTTPStatus.BAD_REQUEST,
    ZoneUnknown: HTTPStatus.BAD_REQUEST,
    ScopeUnknown: HTTPStatus.BAD_REQUEST,
    TokenUnknown: HTTPStatus.NOT_FOUND,
    ExpiryPast: HTTPStatus.BAD_REQUEST,
}


def status_of(error: BaseException) -> HTTPStatus | None:
    """The answer's status for a domain error; None for anything that is no domain error (a fault of ours)."""
    return next((STATUS[kind] for kind in type(error).__mro__ if kind in STATUS), None)


def code_of(error: BaseException) -> str | None:
    """The stable code for programs: `RoleUnknown` is `role-unknown`; None for what is no domain error."""
    if status_of(error) is None:
        return None
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", type(error).__name__).lower()
