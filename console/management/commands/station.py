"""`manage.py station …`: register stations, let them in or out, renew their keys, send them something."""

import json
import time
from collections.abc import Callable
from typing import Any

from console.management.nouns import Answer, Call, Noun, Refused, Verb, arg
from stations import commands, credentials, onboarding, orders, queries, registry, rotation
from stations.models import Command as SentCommand
from stations.models import Station, StationKey

STEP_S = 0.1


def add(call: Call, *, identity: str, profile: int, password: str | None, accepted: bool, group: str) -> Answer:
    key = credentials.read(password) if password else None
    added = registry.add(identity, profile=profile, by=call.actor, at=call.at, key=key, accepted=accepted, group=group)
    station = added.station
    data: dict[str, Any] = {"id": station.identity, "status": station.status, "profile": station.profile}
    text = f"Station {station} is registered ({station.status}, profile {station.profile})."
    if added.password is not None:
        data["password"] = added.password
        text += f"\nIts password, shown this once: {added.password}"
    return Answer(data, text)


def list_stations(call: Call, *, status: str, group: str) -> Answer:
    rows = queries.listed(status=status, group=group, now=call.at)
    lines = [f"{row['id']:32} {row['status']:11} {'connected' if row['connected'] else '':10}" for row in rows]
    return Answer(rows, "\n".join(lines) or "No station matches.")


def show(call: Call, *, identity: str) -> Answer:
    return _shown(registry.find(identity), call)


def _mover(verb: Callable[..., None]) -> Callable[..., Answer]:
    def move(call: Call, *, identity: str, reason: str) -> Answer:
        station = registry.find(identity)
        verb(station, by=call.actor, at=call.at, reason=reason)
        return _shown(station, call)

    return move


def rotate_key(call: Call, *, identity: str, wait: float) -> Answer:
    key = rotation.rotate(registry.find(identity), by=call.actor, at=call.at)
    state = _until(wait, lambda: StationKey.objects.get(pk=key.pk).state, lambda state: state not in key.UNDER_WAY)
    data = {"state": state, "id": key.station.identity, "key": key.pk}
    return Answer(data, f"The new key of {key.station} is {state}.")


def send(call: Call, *, identity: str, action: str, payload: str, wait: float) -> Answer:
    try:
        said = json.loads(payload)
    except ValueError as exc:
        raise Refused("payload-unreadable", f"the payload is not JSON: {exc}") from exc
    if not isinstance(said, dict):
        raise Refused("payload-unreadable", "the payload is not a JSON object")
    number = orders.order(registry.find(identity), action, said, by=call.actor, at=call.at).pk
    command = _until(wait, lambda: commands.find(number), lambda found: found.state not in SentCommand.OPEN)
    data = {"command": number, "state": command.state, "answer": command.answer}
    return Answer(data, f"Command {number}: {command.state}\n{json.dumps(command.answer, indent=2)}")


def messages(_: Call, *, identity: str, last: int) -> Answer:
    rows = queries.last_messages(registry.find(identity), number=last)
    for row in rows:
        row["payload"] = _read(row["payload"])
    lines = [f"{row['at']} {row['direction']:3} {row['action']:24} {json.dumps(row['payload'])}" for row in rows]
    return Answer(rows, "\n".join(lines) or "No message yet.")


def _read(payload: str) -> Any:
    try:
        return json.loads(payload)
    except ValueError:
        return payload


def _shown(station: Station, call: Call) -> Answer:
    station.refresh_from_db()
    data = queries.described(station, now=call.at)
    return Answer(data, "\n".join(f"{name:12} {value}" for name, value in data.items() if value is not None))


def _until(wait: float, look: Callable[[], Any], done: Callable[[Any], bool]) -> Any:
    """What `look` sees, as soon as it is done or `wait` seconds have gone."""
    end = time.monotonic() + wait
    while not done(seen := look()) and time.monotonic() < end:
        time.sleep(STEP_S)
    return seen


IDENTITY = arg("identity", metavar="ID")
REASON = arg("--reason", default="", metavar="T", help="why; it goes into the audit trail")
WAIT = arg("--wait", type=float, default=0.0, metavar="S", help="wait so many seconds for the station's answer")
STATUSES = [status.value for status in Station.Status]


class Command(Noun):
    help = "Charging stations: who they are, whether they are let in, their keys, and what is sent to them."
    verbs = (
        Verb(
            "add",
            add,
            "register a station",
            IDENTITY,
            arg("--profile", type=int, choices=(1, 2, 3), required=True, help="security profile"),
            arg("--password", metavar="TEXT|hex:HEX", help="its key; made and shown once when not given"),
            arg("--accepted", action="store_true", help="accept its first boot, without giving it a new key"),
            arg("--group", default="", metavar="G"),
        ),
        Verb(
            "list",
            list_stations,
            "all stations",
            arg("--status", default="", choices=["", *STATUSES], metavar="S"),
            arg("--group", default="", metavar="G"),
        ),
        Verb("show", show, "one station", IDENTITY),
        Verb("accept", _mover(onboarding.accept), "let it work from its next boot on", IDENTITY, REASON),
        Verb("reject", _mover(onboarding.reject), "answer its boots with Rejected", IDENTITY, REASON),
        Verb("block", _mover(onboarding.block), "shut it out, and end its connection", IDENTITY, REASON),
        Verb("retire", _mover(onboarding.retire), "it is gone for good; its history stays", IDENTITY, REASON),
        Verb("rotate-key", rotate_key, "give it a new key", IDENTITY, WAIT),
        Verb(
            "send",
            send,
            "send it a call and show its answer",
            IDENTITY,
            arg("action", metavar="ACTION"),
            arg("payload", metavar="JSON"),
            WAIT,
        ),
        Verb(
            "messages",
            messages,
            "what went over the wire, without secrets",
            IDENTITY,
            arg("--last", type=int, default=50, metavar="N"),
        ),
    )
