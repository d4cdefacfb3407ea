"""Things to test with, made in one place: each function makes one valid thing, and takes what the test cares about."""

from datetime import UTC, datetime
from itertools import count
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth as totp
from allauth.mfa.utils import encrypt
from django.test import Client
from django.utils import timezone

from console.accounts import factors
from console.accounts.sign_in import SUDO_AT
from console.models import Operator, RoleGrant
from console.rights import Role, needs_second_factor
from stations.models import Station, StationGroup

NOW = datetime(2026, 3, 14, 9, 26, 53, tzinfo=UTC)
PASSWORD = "seven-quiet-meridians"
_numbers = count(1)


def group(name: str = "") -> StationGroup:
    return StationGroup.objects.create(name=name or f"group {next(_numbers)}")


def operator(
    name: str = "", *roles: Role, group: StationGroup | None = None, password: str = "", **fields: Any
) -> Operator:
    """A person with these roles, everywhere or in one group; without a password none can be used."""
    name = name or f"person{next(_numbers)}"
    person = Operator(name=name, **{"created_at": NOW, "email": f"{name}@example.org", **fields})
    person.set_password(password or None)
    person.save(force_insert=True)
    RoleGrant.objects.bulk_create(RoleGrant(operator=person, role=role, group=group) for role in roles)
    return person


def second_factor(person: Operator) -> str:
    """Give the person an authenticator app; returns its secret, for `code_of`."""
    secret = factors.new_secret()
    Authenticator.objects.create(user=person, type=Authenticator.Type.TOTP, data={"secret": encrypt(secret)})
    return secret


def code_of(secret: str, *, at: datetime) -> str:
    """What the app shows at this moment."""
    return totp.format_hotp_value(totp.hotp_value(secret, int(at.timestamp()) // 30))


def signed_in(person: Operator, *, confirmed: bool = True) -> Client:
    """A browser in which this person has set everything up and signed in, just now unless `confirmed` is False."""
    if not person.has_usable_password():
        person.set_password(PASSWORD)
        person.save(update_fields=["password"])
    if needs_second_factor(person.roles) and not factors.has_any(person):
        second_factor(person)
    client = Client()
    client.force_login(person)
    if confirmed:
        session = client.session
        session[SUDO_AT] = timezone.now().isoformat()
        session.save()
    return client


def station(identity: str = "", *, status: str = "accepted", profile: int = 1, **fields: Any) -> Station:
    identity = identity or f"DE*TST*E{next(_numbers):04}"
    return Station.objects.create(
        identity=identity,
        folded=identity.casefold(),
        status=status,
        status_at=NOW,
        registered_at=NOW,
        profile=profile,
        **fields,
    )
