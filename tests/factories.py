"""Things to test with, made in one place: each function makes one valid thing, and takes what the test cares about."""

from datetime import UTC, datetime
from itertools import count
from typing import Any

from django.test import Client

from console.models import Operator, RoleGrant
from console.rights import Role
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


def signed_in(person: Operator) -> Client:
    """A browser in which this person has signed in."""
    client = Client()
    client.force_login(person)
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
