"""Stations for programs: the same verbs, rights and entries as on the pages and the command line."""

from datetime import datetime
from typing import Any, cast

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from console.access import groups_of, needs
from console.models import Operator
from console.rights import Right
from stations import commands, credentials, onboarding, orders, queries, registry, rotation
from stations.errors import CommandUnknown, StationUnknown
from stations.models import Command, Station

PAGE = 200
MOVES = {
    "accept": onboarding.accept,
    "let-in": onboarding.let_in,
    "reject": onboarding.reject,
    "block": onboarding.block,
    "retire": onboarding.retire,
}


class NewStation(serializers.Serializer[dict[str, Any]]):
    id = serializers.CharField(max_length=128)
    profile = serializers.ChoiceField(choices=registry.PROFILES)
    password = serializers.CharField(required=False, help_text="text, or hex: and digits; else made here")
    accepted = serializers.BooleanField(default=False)
    group = serializers.CharField(default="", allow_blank=True, max_length=80)


class StationMove(serializers.Serializer[dict[str, Any]]):
    reason = serializers.CharField(default="", allow_blank=True, max_length=200)


class StationOrder(serializers.Serializer[dict[str, Any]]):
    action = serializers.CharField(max_length=64)
    payload = serializers.JSONField()


@needs(Right.SEE_STATIONS, change=Right.ONBOARD_STATIONS)
class StationsView(APIView):
    @extend_schema(
        operation_id="stations_list",
        parameters=[OpenApiParameter(name) for name in ("status", "group", "after")],
        responses={200: dict},
    )
    def get(self, request: Request) -> Response:
        """Up to 200 stations in the order of their ids; `next` is what to give as `after` for those that follow."""
        wanted = request.query_params
        found = Station.objects.in_groups(groups_of(caller(request), Right.SEE_STATIONS))
        found = found.select_related("group", "presence__gateway").filter(
            folded__gt=registry.fold(wanted.get("after", ""))
        )
        if wanted.get("status"):
            found = found.filter(status=wanted["status"])
        if wanted.get("group"):
            found = found.filter(group__name=wanted["group"])
        rows = list(found.order_by("folded")[: PAGE + 1])
        following = rows[PAGE - 1].identity if len(rows) > PAGE else None
        now = moment(request)
        return Response({"stations": [queries.described(row, now=now) for row in rows[:PAGE]], "next": following})

    @extend_schema(operation_id="station_add", request=NewStation, responses={201: dict})
    def post(self, request: Request) -> Response:
        """Register a station; a password that was made here is told this once."""
        wish = _read(NewStation, request)
        key = credentials.read(wish["password"]) if wish.get("password") else None
        added = registry.add(
            wish["id"],
            profile=wish["profile"],
            by=caller(request).actor,
            at=moment(request),
            key=key,
            accepted=wish["accepted"],
            group=wish["group"],
        )
        data = queries.described(added.station, now=moment(request))
        return Response(data | ({"password": added.password} if added.password else {}), status=201)


@needs(Right.SEE_STATIONS)
class StationView(APIView):
    @extend_schema(operation_id="station_show", responses={200: dict})
    def get(self, request: Request, identity: str) -> Response:
        station = find(request, identity, Right.SEE_STATIONS)
        return Response(queries.described(station, now=moment(request)))


@needs(Right.ONBOARD_STATIONS)
class StationMoveView(APIView):
    @extend_schema(operation_id="station_move", request=StationMove, responses={200: dict})
    def post(self, request: Request, identity: str, move: str) -> Response:
        if move not in MOVES:
            raise NotFound(f"{move!r} is not one of {', '.join(MOVES)}")
        station = find(request, identity, Right.ONBOARD_STATIONS)
        now = moment(request)
        MOVES[move](station, by=caller(request).actor, at=now, reason=_read(StationMove, request)["reason"])
        return Response(queries.described(station, now=now))


@needs(Right.MANAGE_KEYS)
class StationKeyView(APIView):
    @extend_schema(operation_id="station_rotate_key", request=None, responses={202: dict})
    def post(self, request: Request, identity: str) -> Response:
        """Give the station a new key; how far that is, `GET` of the station's commands and the pages tell."""
        station = find(request, identity, Right.MANAGE_KEYS)
        key = rotation.rotate(station, by=caller(request).actor, at=moment(request))
        return Response({"state": key.state}, status=202)


@needs(Right.SEE_STATIONS, change=Right.COMMAND_STATIONS)
class CommandsView(APIView):
    @extend_schema(operation_id="station_commands", responses={200: dict})
    def get(self, request: Request, identity: str) -> Response:
        station = find(request, identity, Right.SEE_STATIONS)
        newest = station.commands.order_by("-pk")[:PAGE]
        return Response({"commands": [_told(command) for command in newest]})

    @extend_schema(operation_id="station_command", request=StationOrder, responses={202: dict})
    def post(self, request: Request, identity: str) -> Response:
        """Queue a call to the station; its answer is in the command once it came."""
        station = find(request, identity, Right.COMMAND_STATIONS)
        wish = _read(StationOrder, request)
        payload = wish["payload"] if isinstance(wish["payload"], dict) else {}
        at = moment(request)
        command = orders.order(station, wish["action"], payload, by=caller(request).actor, at=at)
        return Response(_told(command), status=202)


@needs(Right.SEE_STATIONS)
class CommandView(APIView):
    @extend_schema(operation_id="station_command_show", responses={200: dict})
    def get(self, request: Request, identity: str, number: int) -> Response:
        station = find(request, identity, Right.SEE_STATIONS)
        command = commands.find(number)
        if command.station_id != station.pk:
            raise CommandUnknown(number)
        return Response(_told(command))


def find(request: Request, identity: str, right: Right) -> Station:
    """A station outside the groups of whoever asks does not exist for them. Raise StationUnknown."""
    station = registry.find(identity)
    where = groups_of(caller(request), right)
    if where is not None and station.group_id not in where:
        raise StationUnknown(identity)
    return station


def caller(request: Request) -> Operator:
    """Who asks: a person, or a program that answers the same questions about rights. The guard let nobody else in."""
    return cast(Operator, request.user)


def moment(request: Request) -> datetime:
    at: datetime = request._request.now  # type: ignore[attr-defined]
    return at


def _told(command: Command) -> dict[str, Any]:
    return {
        "command": command.pk,
        "action": command.action,
        "payload": command.payload,
        "state": command.state,
        "answer": command.answer,
        "queued_at": command.queued_at,
        "sent_at": command.sent_at,
        "settled_at": command.settled_at,
    }


def _read(shape: type[serializers.Serializer[dict[str, Any]]], request: Request) -> dict[str, Any]:
    """Raise ValidationError, which is answered with 400 and the field that is wrong."""
    serializer = shape(data=request.data)
    serializer.is_valid(raise_exception=True)
    read: dict[str, Any] = serializer.validated_data
    return read
