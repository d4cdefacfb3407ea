"""Things to test with, made in one place: each function makes one valid thing, and takes what the test cares about."""

from datetime import UTC, datetime
from itertools import count
from typing import Any

from console.models import Operator, RoleGrant
from console.rights import Role
from stations.models import StationGroup

NOW = datetime(2026, 3, 14, 9, 26, 53, tzinfo=UTC)
_numbers = count(1)


def group(name: str = "") -> StationGroup:
    return StationGroup.objects.create(name=name or f"group {next(_numbers)}")


def operator(name: str = "", *roles: Role, group: StationGroup | None = None, **fields: Any) -> Operator:
    """A person with these roles, everywhere or in one group."""
    name = name or f"person{next(_numbers)}"
    person = Operator.objects.create(name=name, **{"created_at": NOW, "email": f"{name}@example.org", **fields})
    RoleGrant.objects.bulk_create(RoleGrant(operator=person, role=role, group=group) for role in roles)
    return person
