"""`manage.py operator …`: people, for whoever has a shell on the machine. The first administrator comes in this way."""

from typing import Any

from django.db import transaction

from console.accounts import factors, links, people
from console.management.nouns import Answer, Call, Noun, Verb, arg
from console.models import Operator, SignInLink
from console.rights import Role

NAME = arg("name", help="what the person is called, for example ada")


@transaction.atomic
def add(call: Call, *, name: str, role: list[str], group: list[str], email: str, full_name: str) -> Answer:
    grants = people.grants_of(role, group)
    person = people.invite(name, grants=grants, email=email, full_name=full_name, by=call.actor, at=call.at)
    return _linked(call, person, SignInLink.Purpose.INVITATION)


def list_all(call: Call) -> Answer:  # noqa: ARG001
    with_factor = factors.holders()
    rows = [
        _facts(person, second_factor=person.pk in with_factor)
        for person in Operator.objects.prefetch_related("grants__group").order_by("name")
    ]
    lines = [
        f"{row['name']:<24} {'active' if row['active'] else 'disabled':<9} {', '.join(row['roles'])}" for row in rows
    ]
    return Answer(rows, "\n".join(lines) or "Nobody yet. Add the first: operator add NAME --role administrator")


def disable(call: Call, *, name: str) -> Answer:
    person = people.find(name)
    people.disable(person, by=call.actor, at=call.at)
    return Answer(_facts(person), f"{name} can no longer sign in; every session has ended.")


def enable(call: Call, *, name: str) -> Answer:
    person = people.find(name)
    people.enable(person, by=call.actor, at=call.at)
    return Answer(_facts(person), f"{name} may sign in again.")


def link(call: Call, *, name: str) -> Answer:
    return _linked(call, people.find(name), SignInLink.Purpose.SIGN_IN)


def reset_second_factor(call: Call, *, name: str) -> Answer:
    person = people.find(name)
    people.reset_second_factor(person, by=call.actor, at=call.at)
    return Answer(_facts(person), f"All second factors of {name} were removed; every session has ended.")


def _linked(call: Call, person: Operator, purpose: SignInLink.Purpose) -> Answer:
    address = links.issue(person, by=call.actor, at=call.at, purpose=purpose)
    expires = call.at + links.LIFE[purpose]
    facts = {"name": person.name, "link": address, "expires": expires.isoformat()}
    return Answer(facts, f"{address}\nWorks once, until {expires:%Y-%m-%d %H:%M} UTC.")


def _facts(person: Operator, *, second_factor: bool | None = None) -> dict[str, Any]:
    return {
        "name": person.name,
        "full_name": person.full_name,
        "email": person.email,
        "active": person.is_active,
        "roles": sorted(str(people.read_grant(row)) for row in person.grants.all()),
        "second_factor": factors.has_any(person) if second_factor is None else second_factor,
        "last_sign_in": person.last_login.isoformat() if person.last_login else None,
    }


class Command(Noun):
    help = "People who may sign in to the console."
    verbs = (
        Verb(
            "add",
            add,
            "invite a person; prints a link that works once, for seven days",
            NAME,
            arg("--role", action="append", required=True, choices=Role.values, help="may be given several times"),
            arg("--group", action="append", default=[], help="only for the stations of this group"),
            arg("--email", default="", help="one may sign in with it; single sign-on finds the person by it"),
            arg("--full-name", default="", help="how pages name the person"),
        ),
        Verb("list", list_all, "everybody, with roles and standing"),
        Verb("disable", disable, "end all sessions of a person and refuse new ones", NAME),
        Verb("enable", enable, "let a disabled person in again", NAME),
        Verb("link", link, "print a link that signs in once, within 15 minutes", NAME),
        Verb("reset-second-factor", reset_second_factor, "for a person who has lost theirs", NAME),
    )
