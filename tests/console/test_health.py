"""What machines ask: alive, ready, figures; and that each fault is said with what to do, and never hidden."""

import json
import logging
import os
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import redis
from django.core.checks import run_checks
from django.db import DatabaseError, connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client, override_settings

from console import checks, durability, health
from console.models import Operator
from tests.tools.source import ROOT

PROXIED = {"HTTP_X_FORWARDED_FOR": "198.51.100.7"}


@pytest.fixture(autouse=True)
def engine_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """These tests look at the other parts; the engine's own are with real processes in test_tree.py."""
    monkeypatch.setitem(health.LOOKS, "engine", lambda: "answers")


def readiness(client: Client, **headers: Any) -> tuple[int, dict[str, Any]]:
    answer = client.get("/readyz", **headers)
    checked = {check["name"]: check for check in json.loads(answer.content)["checks"]}
    return answer.status_code, checked


@pytest.mark.django_db
def test_all_is_well(client: Client) -> None:
    status, found = readiness(client)
    assert status == 200
    assert set(found) == {"database", "migrations", "engine", "disk"}
    assert all(check["ok"] and not check["remedy"] for check in found.values())


def test_alive_asks_no_database(client: Client) -> None:
    assert client.get("/livez").json() == {"alive": True}


@pytest.mark.django_db
def test_strangers_learn_what_but_not_why(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "LEAST_FREE", 1 << 62)
    status, found = readiness(client, **PROXIED)
    assert status == 503
    assert found["disk"] == {"name": "disk", "ok": False}
    assert readiness(client)[1]["disk"]["remedy"].startswith("Make room")


@pytest.mark.django_db
def test_a_missing_migration_is_named(client: Client) -> None:
    ((app, newest),) = MigrationLoader(connection).graph.leaf_nodes("console")
    MigrationRecorder(connection).record_unapplied(app, newest)
    status, found = readiness(client)
    assert status == 503
    assert f"console.{newest}" in found["migrations"]["detail"]
    assert "migrate" in found["migrations"]["remedy"]


def test_a_database_that_is_gone_is_not_ready(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(*_: object) -> Any:
        raise DatabaseError("connection refused")

    monkeypatch.setattr(health, "value_of", gone)
    monkeypatch.setattr(health, "_may_write_sqlite", lambda: None)
    monkeypatch.setattr(health, "_missing_migrations", gone)
    status, found = readiness(client)
    assert status == 503
    assert not found["database"]["ok"]
    assert not found["migrations"]["ok"]
    assert "restart" in found["database"]["remedy"] or "end it" in found["database"]["remedy"]


@pytest.fixture
def sqlite_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "meridian.sqlite3"
    sqlite3.connect(path).close()
    path.touch()
    monkeypatch.setattr(health, "PATIENCE", 0.1)
    monkeypatch.setitem(connection.settings_dict, "NAME", str(path))
    return path


def test_a_locked_database_is_noticed_in_time(sqlite_file: Path) -> None:
    other = sqlite3.connect(sqlite_file, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    try:
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            health._may_write_sqlite()
    finally:
        other.close()
    health._may_write_sqlite()


@pytest.mark.django_db(transaction=True)
def test_writes_are_tried_for_real(client: Client) -> None:
    assert readiness(client)[0] == 200


def test_a_deleted_database_is_not_made_anew(sqlite_file: Path) -> None:
    sqlite_file.unlink()
    with pytest.raises(health.NotWell, match="is gone"):
        health._may_write_sqlite()
    assert not sqlite_file.exists()


def test_a_data_folder_that_takes_no_file_is_not_ready(tmp_path: Path) -> None:
    with override_settings(MERIDIAN_HOME=tmp_path / "gone"):
        finding = health.look("disk")
    assert not finding.ok
    assert "No such file" in finding.detail


def test_a_full_disk_is_not_ready(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    usage = shutil.disk_usage(tmp_path)._replace(free=5_000_000)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage)
    with override_settings(MERIDIAN_HOME=tmp_path):
        assert "4 MiB free" in health.look("disk").detail
    assert os.listdir(tmp_path / "run") == []


def test_an_engine_that_is_away_is_said_without_its_password(monkeypatch: pytest.MonkeyPatch) -> None:
    client = redis.Redis.from_url("redis://:hunter2@127.0.0.1:1/0", socket_connect_timeout=0.2)
    monkeypatch.setattr(health, "engine_client", lambda: client)
    with pytest.raises(health.NotWell) as raised:
        health.engine()
    client.close()
    assert "does not answer" in raised.value.detail
    assert "hunter2" not in raised.value.detail + str(raised.value.remedy)


# ── durability ───────────────────────────────────────────────────────────────────────────────────────────────────

KEPT = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on"}
LOST = [
    ("sqlite", {"synchronous": "NORMAL", "journal_mode": "wal"}, "synchronous=FULL"),
    ("sqlite", {"synchronous": "OFF", "journal_mode": "wal"}, "synchronous=FULL"),
    ("sqlite", {"synchronous": "FULL", "journal_mode": "off"}, "journal_mode=WAL"),
    ("postgresql", {**KEPT, "fsync": "off"}, "fsync=on"),
    ("postgresql", {**KEPT, "synchronous_commit": "off"}, "set it to on"),
    ("postgresql", {**KEPT, "full_page_writes": "off"}, "full_page_writes=on"),
]


@pytest.mark.parametrize(("vendor", "found", "right"), LOST)
def test_settings_that_lose_data_are_faults(vendor: str, found: dict[str, str], right: str) -> None:
    assert [right in fault for fault in durability.faults(vendor, found)] == [True]


@pytest.mark.parametrize("level", ["on", "local", "remote_write", "remote_apply"])
def test_settings_that_keep_data_are_none(level: str) -> None:
    assert durability.faults("postgresql", {**KEPT, "synchronous_commit": level}) == []
    assert durability.faults("sqlite", {"synchronous": "EXTRA", "journal_mode": "wal"}) == []


@pytest.mark.django_db
def test_the_check_asks_the_database_itself() -> None:
    assert [m for m in run_checks(tags=["database"], databases=["default"]) if m.id == "meridian.E001"] == []
    weaken = "PRAGMA synchronous=NORMAL" if connection.vendor == "sqlite" else "SET LOCAL synchronous_commit = off"
    restore = "PRAGMA synchronous=FULL" if connection.vendor == "sqlite" else "SET LOCAL synchronous_commit = on"
    if connection.vendor == "sqlite":
        pytest.skip("SQLite refuses to change it inside a transaction; see the next test")
    with connection.cursor() as cursor:
        cursor.execute(weaken)
        assert [m.id for m in checks.commits_are_kept(databases=["default"])] == ["meridian.E001"]
        cursor.execute(restore)


def test_sqlite_below_full_is_refused_by_the_check(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    own = sqlite3.connect(tmp_path / "x.sqlite3")
    own.execute("PRAGMA synchronous=NORMAL")
    own.execute("PRAGMA journal_mode=WAL")
    monkeypatch.setattr(checks, "value_of", lambda _: lambda sql: own.execute(sql).fetchone()[0])
    monkeypatch.setattr(checks, "connections", {"default": SimpleNamespace(vendor="sqlite")})
    assert [m.id for m in checks.commits_are_kept(databases=["default"])] == ["meridian.E001"]
    own.close()


# ── figures and lines ────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.django_db
def test_figures_are_for_this_machine_or_a_token(client: Client) -> None:
    assert client.get("/metrics", **PROXIED).status_code == 404
    with override_settings(METRICS_TOKEN="right"):
        assert client.get("/metrics", **PROXIED).status_code == 403
        assert client.get("/metrics", headers={"Authorization": "Bearer wrong"}, **PROXIED).status_code == 403
        assert client.get("/metrics", headers={"Authorization": "Bearer right"}, **PROXIED).status_code == 200
    text = client.get("/metrics").content.decode()
    assert 'meridian_ready{part="database"} 1.0' in text
    assert 'meridian_requests_total{method="GET",status="404",view="metrics"}' in text


@pytest.mark.django_db
def test_a_request_is_counted_by_view_and_written_without_its_secrets(
    as_ada: Client, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, logger="console.access"):
        answer = as_ada.get("/system/?token=5Hc1nq9Xk")
        as_ada.get("/no/such/5Hc1nq9Xk/")
    assert answer.status_code == 200
    lines = [record for record in caplog.records if record.name == "console.access"]
    assert [(line.getMessage(), vars(line)["view"], vars(line)["status"]) for line in lines] == [
        ("GET /system/", "system", 200),
        ("GET (no such address)", "none", 404),
    ]
    assert "5Hc1nq9Xk" not in caplog.text


@pytest.mark.django_db
def test_a_view_that_breaks_shows_an_id_and_nothing_else(
    as_ada: Client, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    from console import installation

    def broken(**_: object) -> Any:
        raise RuntimeError("hunter2 in /srv/secret")

    monkeypatch.setattr(installation, "places", broken)
    as_ada.raise_request_exception = False
    answer = as_ada.get("/system/")
    assert answer.status_code == 500
    page = answer.content.decode()
    assert answer["X-Request-Id"] in page
    assert "hunter2" not in page
    assert "RuntimeError" not in page
    assert any(record.exc_info or record.exc_text for record in caplog.records), (
        "the log must have what the page has not"
    )


@pytest.mark.django_db
def test_no_person_is_needed_for_any_of_it(client: Client) -> None:
    assert Operator.objects.count() == 0
    assert {path: client.get(path).status_code for path in ("/livez", "/readyz", "/metrics")} == {
        "/livez": 200,
        "/readyz": 200,
        "/metrics": 200,
    }


def test_the_check_is_known_to_whoever_starts_a_command(tmp_path: Path) -> None:
    """In a fresh process: here somebody has imported the module anyway."""
    code = (
        "import django; django.setup(); from django.core.checks.registry import registry; "
        "print(*(check.__module__ for check in registry.get_checks(False)))"
    )
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "console.settings", "MERIDIAN_HOME": str(tmp_path)}
    known = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=environment, check=True, capture_output=True, text=True
    )
    assert "console.checks" in known.stdout.split()
