"""Exports of log books for programs: ask, look how far it is, take the bundle away."""

from typing import Any

from django.http import FileResponse
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import NotFound, PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from console import bell
from console.access import needs
from console.api.stations import caller, moment
from console.rights import Right
from security import exporting
from security.exporting import Wanted
from security.models import Export
from security.tasks import make_exports

PAGE = 200


class Order(serializers.Serializer[dict[str, Any]]):
    book = serializers.CharField(max_length=64)
    first = serializers.CharField(
        default="", allow_blank=True, max_length=40, help_text="number of an entry, or a time"
    )
    last = serializers.CharField(default="", allow_blank=True, max_length=40, help_text="included")
    subject = serializers.CharField(default="", allow_blank=True, max_length=200)
    openings = serializers.BooleanField(default=False, help_text="personal data along; needs a right of its own")


@needs(Right.EXPORT_LOGBOOKS)
class ExportsView(APIView):
    @extend_schema(operation_id="exports_list", responses={200: dict})
    def get(self, request: Request) -> Response:  # noqa: ARG002
        """The newest 200 exports."""
        rows = Export.objects.select_related("book").order_by("-id")[:PAGE]
        return Response({"exports": [_told(row) for row in rows]})

    @extend_schema(request=Order, responses={202: dict})
    def post(self, request: Request) -> Response:
        """Queue an export; a worker makes it."""
        serializer = Order(data=request.data)
        serializer.is_valid(raise_exception=True)
        said: dict[str, Any] = serializer.validated_data
        if said["openings"] and not caller(request).may(Right.EXPORT_OPENINGS):
            raise PermissionDenied(f"this needs the right {Right.EXPORT_OPENINGS.value}")
        wanted = Wanted(said["book"], said["first"], said["last"], said["subject"], said["openings"])
        row = exporting.ask(wanted, actor=caller(request).actor, at=moment(request))
        bell.nudge(make_exports)
        return Response(_told(row), status=202)


@needs(Right.EXPORT_LOGBOOKS)
class ExportView(APIView):
    @extend_schema(operation_id="exports_retrieve", responses={200: dict})
    def get(self, request: Request, number: int) -> Response:
        return Response(_told(_find(request, number)))


@needs(Right.EXPORT_LOGBOOKS)
class ExportFileView(APIView):
    @extend_schema(responses={(200, "application/zip"): bytes})
    def get(self, request: Request, number: int) -> FileResponse:
        """The bundle; whoever takes it is entered."""
        row = _find(request, number)
        path = exporting.file_of(row)
        exporting.taken_away(row, actor=caller(request).actor, at=moment(request))
        return FileResponse(path.open("rb"), as_attachment=True, filename=row.file, content_type="application/zip")


def _find(request: Request, number: int) -> Export:
    """One with personal data does not exist for whoever lacks the right to them."""
    row = Export.objects.select_related("book").filter(pk=number).first()
    if row is None or (row.with_openings and not caller(request).may(Right.EXPORT_OPENINGS)):
        raise NotFound(f"there is no export {number}")
    return row


def _told(row: Export) -> dict[str, Any]:
    return {
        "export": row.pk,
        "book": row.book.name,
        "state": row.status,
        "first": row.first,
        "last": row.last,
        "subject": row.subject,
        "openings": row.with_openings,
        "done": row.done,
        "total": row.total,
        "entries": row.entries,
        "sha256": row.sha256,
        "error": row.error,
        "asked_at": row.asked_at,
    }
