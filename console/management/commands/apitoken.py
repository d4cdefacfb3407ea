"""`manage.py apitoken …`: keys for programs."""

from argparse import ArgumentTypeError
from datetime import UTC, datetime
from typing import Any

from console.accounts import api_tokens
from console.management.nouns import Answer, Call, Noun, Verb, arg
from console.models import ApiToken
from console.rights import Right


def day(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as exc:
        raise ArgumentTypeError(f"{text!r} is no day: for example 2027-01-31 or 2027-01-31T12:00:00Z") from exc
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def create(call: Call, *, scope: list[str], expires: datetime | None, label: str) -> Answer:
    row, token = api_tokens.create(scopes=scope, label=label, expires=expires, by=call.actor, at=call.at)
    call.say("Store it now: it cannot be shown again.")
    return Answer({**_facts(row), "token": token}, token)


def list_all(call: Call) -> Answer:
    rows = [_facts(row) for row in api_tokens.living(at=call.at)]
    lines = [f"{row['id']:<5} {row['hint']}…  {', '.join(row['scopes'])}  {row['label']}" for row in rows]
    return Answer(rows, "\n".join(lines) or "No tokens. Make one: apitoken create --scope read-billing")


def revoke(call: Call, *, token_id: int) -> Answer:
    row = api_tokens.revoke(token_id, by=call.actor, at=call.at)
    return Answer(_facts(row), f"Token {row.pk} is worth nothing any more.")


def _facts(row: ApiToken) -> dict[str, Any]:
    return {
        "id": row.pk,
        "label": row.label,
        "hint": row.hint,
        "scopes": row.scopes,
        "created": row.created_at.isoformat(),
        "expires": row.expires_at.isoformat() if row.expires_at else None,
        "last_used": row.last_used_at.isoformat() if row.last_used_at else None,
        "revoked": row.revoked_at.isoformat() if row.revoked_at else None,
    }


class Command(Noun):
    help = "Keys for programs that use the API."
    verbs = (
        Verb(
            "create",
            create,
            "make a token; it is shown once",
            arg("--scope", action="append", required=True, choices=[right.value for right in Right]),
            arg("--expires", type=day, default=None, help="a day or a moment, UTC unless it says otherwise"),
            arg("--label", default="", help="what it is for"),
        ),
        Verb("list", list_all, "the tokens that are alive"),
        Verb("revoke", revoke, "make a token worthless at once", arg("token_id", type=int, metavar="ID")),
    )
