"""The scaled-out installation: what it names must exist, and what it promises must stand in it. This builds nothing."""

import re
from typing import Any

import pytest
import yaml

from console.tree import plan
from tests.tools.source import PACKAGES, ROOT

FOLDER = ROOT / "docker"
COMPOSE: dict[str, Any] = yaml.safe_load((FOLDER / "compose.yaml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = ["prepare", "web", "worker", "beat"]
IMAGE = (FOLDER / "Dockerfile").read_text()


@pytest.mark.parametrize("name", SERVICES)
def test_no_container_may_write_its_image_or_gain_rights(name: str) -> None:
    assert SERVICES[name]["read_only"] is True
    assert "no-new-privileges:true" in SERVICES[name]["security_opt"]


@pytest.mark.parametrize("name", SERVICES)
def test_no_secret_stands_in_an_environment(name: str) -> None:
    for variable, value in SERVICES[name].get("environment", {}).items():
        telling = re.search(r"PASSWORD|SECRET|TOKEN|_URL$", variable) and variable != "CONSOLE_URL"
        assert not telling or variable.endswith("_FILE"), f"{variable}={value} should be {variable}_FILE"


@pytest.mark.parametrize("name", SERVICES)
def test_every_secret_and_volume_is_declared(name: str) -> None:
    assert set(SERVICES[name].get("secrets", [])) <= set(COMPOSE["secrets"])
    assert {volume.split(":")[0] for volume in SERVICES[name].get("volumes", [])} <= set(COMPOSE["volumes"])


def test_images_are_pinned_to_a_version() -> None:
    named = [service["image"] for name, service in SERVICES.items() if name not in OURS]
    named += re.findall(r"^FROM (\S+)", IMAGE, re.MULTILINE)
    assert len(named) == 4
    assert all(re.search(r":\d+\.\d+(\.\d+)?-", one) for one in named), named


def test_only_the_loopback_is_published() -> None:
    ports = [port for service in SERVICES.values() for port in service.get("ports", [])]
    assert ports == ["127.0.0.1:8000:8000"]


def test_the_image_holds_every_package_and_no_root() -> None:
    for folder in [*PACKAGES, "locale", "static", "templates"]:
        assert f"COPY {folder} {folder}" in IMAGE
    assert IMAGE.index("USER meridian") < IMAGE.index("CMD")
    assert "--require-hashes" in IMAGE


@pytest.mark.parametrize("name", ["worker", "beat"])
def test_the_commands_are_those_of_the_tree(name: str) -> None:
    part = {"worker": plan._worker, "beat": plan._beat}[name]()
    assert SERVICES[name]["command"] == [part.target, *part.arguments]
    assert SERVICES[name]["environment"]["MERIDIAN_PROCESS"] == name


def test_the_others_wait_until_all_is_prepared() -> None:
    for name in ("web", "worker", "beat"):
        assert SERVICES[name]["depends_on"]["prepare"] == {"condition": "service_completed_successfully"}
