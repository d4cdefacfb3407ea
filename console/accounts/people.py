"""People: who is invited, disabled, and which roles they have. The only writer of their standing."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction

from console import audit
from console.accounts import factors, sessions
from console.errors import (
    EmailMalformed,
    EmailTaken,
    GroupUnknown,
    LastAdministrator,
    NameMalformed,
    NameTaken,
    OwnAccount,
    OwnRole,
    PersonUnknown,
    RoleMissing,
    RoleUnknown,
)
from console.models import Operator, RoleGrant
from console.rights import Role
from stations.models import StationGroup

NAME = re.compile(r"[a-z0-9][a-z0-9._-]{1,63}")


@dataclass(frozen=True, slots=True)
class Grant:
    """A role as it is asked for; `group` None means everywhere."""

    role: Role
    group: StationGroup | None = None

    def __str__(self) -> str:
        return f"{self.role.value}@{self.group.name}" if self.group else self.role.value


def find(name: str) -> Operator:
    person = Operator.objects.prefetch_related("grants__group").filter(name=name).first()
    if person is None:
        raise PersonUnknown(name)
    return person


def grants_of(roles: Iterable[str], groups: Iterable[str] = ()) -> list[Grant]:
    """Each role in each of the groups, or everywhere when no group is named."""
    wanted: list[StationGroup | None] = [_group(name) for name in groups]
    return [Grant(_role(role), group) for role in roles for group in wanted or [None]]


def key_of(row: RoleGrant) -> str:
    """One grant as one text, for a box to tick: `operator@` everywhere, `operator@North` in a group."""
    return f"{row.role}@{row.group.name if row.group else ''}"


def read_grant(row: RoleGrant) -> Grant:
    return Grant(Role(row.role), row.group)


def read_key(key: str) -> Grant:
    role, _, group = key.partition("@")
    return Grant(_role(role), _group(group) if group else None)


@transaction.atomic
def invite(
    name: str, *, grants: Iterable[Grant], by: str, at: datetime, email: str = "", full_name: str = ""
) -> Operator:
    """Add a person with these roles. They cannot sign in before a link was made for them (`links.issue`)."""
    grants = list(grants)
    if not NAME.fullmatch(name):
        raise NameMalformed
    if not grants:
        raise RoleMissing
    if Operator.objects.filter(name=name).exists():
        raise NameTaken(name)
    person = Operator(name=name, full_name=full_name.strip(), email=_free_email(email), created_at=at)
    person.set_unusable_password()
    person.save(force_insert=True)
    RoleGrant.objects.bulk_create(RoleGrant(operator=person, role=grant.role, group=grant.group) for grant in grants)
    facts = {"name": name, "roles": sorted(map(str, grants))}
    audit.enter("operator.invited", subject=person.actor, actor=by, at=at, payload=facts)
    return person


@transaction.atomic
def set_roles(person: Operator, grants: Iterable[Grant], *, by: str, at: datetime) -> None:
    """Give exactly these roles; each that comes or goes is an entry. The change holds from the next request on."""
    before = {Grant(Role(row.role), row.group): row for row in person.grants.select_related("group")}
    after = set(grants)
    if not after:
        raise RoleMissing
    if by == person.actor and after - before.keys():
        raise OwnRole
    gone, new = before.keys() - after, after - before.keys()
    if any(grant.role is Role.ADMINISTRATOR and grant.group is None for grant in gone):
        _must_not_be_last_administrator(person)
    for grant in sorted(gone, key=str):
        before[grant].delete()
        audit.enter("role.revoked", subject=person.actor, actor=by, at=at, payload=_facts(grant))
    for grant in sorted(new, key=str):
        RoleGrant.objects.create(operator=person, role=grant.role, group=grant.group)
        audit.enter("role.granted", subject=person.actor, actor=by, at=at, payload=_facts(grant))


@transaction.atomic
def disable(person: Operator, *, by: str, at: datetime) -> None:
    """Refuse every sign-in from now on and end what is open."""
    if by == person.actor:
        raise OwnAccount
    if person.is_active:
        _must_not_be_last_administrator(person)
        Operator.objects.filter(pk=person.pk).update(is_active=False)
        person.links.filter(used_at=None, withdrawn_at=None).update(withdrawn_at=at)
        ended = sessions.end_all(person)
        audit.enter("operator.disabled", subject=person.actor, actor=by, at=at, payload={"sessions_ended": ended})
        person.is_active = False


@transaction.atomic
def enable(person: Operator, *, by: str, at: datetime) -> None:
    if not person.is_active:
        Operator.objects.filter(pk=person.pk).update(is_active=True)
        person.is_active = True
        audit.enter("operator.enabled", subject=person.actor, actor=by, at=at)


@transaction.atomic
def set_profile(person: Operator, *, full_name: str, email: str, by: str, at: datetime) -> None:
    """Change how a person is called and reached; the name, which the audit trail uses, never changes."""
    full_name, email = full_name.strip()[:120], _free_email(email, but=person)
    changed = [
        field for field, value in (("full_name", full_name), ("email", email)) if getattr(person, field) != value
    ]
    if changed:
        person.full_name, person.email = full_name, email
        person.save(update_fields=["full_name", "email"])
        audit.enter("operator.profile-changed", subject=person.actor, actor=by, at=at, payload={"fields": changed})


@transaction.atomic
def reset_second_factor(person: Operator, *, by: str, at: datetime) -> None:
    """Remove every second factor of a person who has lost theirs, and end their sessions; they set up a new one."""
    if by == person.actor:
        raise OwnAccount
    removed = factors.remove_all(person)
    ended = sessions.end_all(person)
    facts = {"removed": removed, "sessions_ended": ended}
    audit.enter("factor.reset", subject=person.actor, actor=by, at=at, payload=facts)


def _must_not_be_last_administrator(person: Operator) -> None:
    """Hold the rows of all administrators, so that two who disable each other at once do not both succeed."""
    rows = RoleGrant.objects.select_for_update().filter(role=Role.ADMINISTRATOR, group=None, operator__is_active=True)
    holders = {row.operator_id for row in rows}
    if holders == {person.pk}:
        raise LastAdministrator


def _role(name: str) -> Role:
    try:
        return Role(name)
    except ValueError as exc:
        raise RoleUnknown(name) from exc


def _group(name: str) -> StationGroup:
    group = StationGroup.objects.filter(name=name).first()
    if group is None:
        raise GroupUnknown(name)
    return group


def _free_email(email: str, *, but: Operator | None = None) -> str:
    email = email.strip()
    if not email:
        return ""
    try:
        validate_email(email)
    except ValidationError as exc:
        raise EmailMalformed from exc
    holder = Operator.objects.filter(email__iexact=email).first()
    if holder is not None and holder != but:
        raise EmailTaken
    return email


def _facts(grant: Grant) -> dict[str, str | None]:
    return {"role": grant.role.value, "group": grant.group.name if grant.group else None}
