"""Every domain error of every package has its answer, says what to do, and shows nothing that it should not."""

import importlib
import inspect
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from console import env, errors, sign_on
from console.errors import ConsoleError, code_of, status_of
from console.rights import Right
from tests import factories
from tests.tools.source import PACKAGES, ROOT


def all_of(kind: type[Exception]) -> set[type[Exception]]:
    return {kind} | {one for sub in kind.__subclasses__() for one in all_of(sub)}


# Pure cores, whose callers translate; and the start of the process tree, which happens before there is any web.
BEFORE_THE_WEB = {"merkle", "ocpp", "nts", "views", "tree"}


def domain_errors() -> list[type[Exception]]:
    """Every exception of our own that an errors.py defines."""
    found = set()
    for path in sorted(ROOT.rglob("errors.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        if parts[0] in PACKAGES and not BEFORE_THE_WEB & set(parts):
            module = importlib.import_module(".".join(parts))
            found |= {
                kind
                for _, kind in inspect.getmembers(module, inspect.isclass)
                if issubclass(kind, Exception) and kind.__module__ == module.__name__
            }
    return sorted(found | all_of(ConsoleError), key=lambda kind: kind.__name__)


@pytest.mark.parametrize("kind", domain_errors(), ids=lambda kind: kind.__name__)
def test_every_domain_error_has_a_status(kind: type[Exception]) -> None:
    status = status_of(kind.__new__(kind))
    assert status is not None, f"add {kind.__name__} to STATUS of console/errors.py"
    assert 400 <= status < 600
    assert code_of(kind.__new__(kind))


def test_a_fault_of_ours_has_none() -> None:
    assert status_of(ZeroDivisionError()) is None
    assert code_of(KeyError("x")) is None


ARGUMENTS: dict[str, dict[str, Any]] = {
    "NotAllowed": {"right": Right.MANAGE_KEYS},
    "SignInRefused": {"left": 1, "minutes": 15},
    "WrongCode": {"left": 0, "minutes": 15},
    "TooManyTries": {"until": factories.NOW + timedelta(seconds=61), "at": factories.NOW},
    "PasswordRefused": {"reasons": ["Too short. Take more words."]},
    "LinkRefused": {"reason": "expired"},
}


@pytest.mark.parametrize(
    "kind",
    sorted(all_of(ConsoleError) - {ConsoleError}, key=lambda kind: kind.__name__),
    ids=lambda kind: kind.__name__,
)
def test_every_text_says_what_to_do(kind: type[Exception]) -> None:
    names = [name for name in inspect.signature(kind).parameters if name not in {"args", "kwargs"}]
    text = str(kind(**ARGUMENTS.get(kind.__name__, dict.fromkeys(names, "x"))))
    assert len(text.rstrip(".").replace(":", ".").split(". ")) >= 2 or ";" in text, f"only says what is wrong: {text}"


def test_the_pause_is_rounded_up() -> None:
    until = factories.NOW + timedelta(seconds=61)
    assert "in 2 minutes" in str(errors.TooManyTries(until, at=factories.NOW))


# ── settings of single sign-on ───────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("value", ["id.example.org", "http://id.example.org", "ftp://x", "https://"])
def test_a_wrong_issuer_stops_the_start(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("OIDC_ISSUER", value)
    with pytest.raises(ImproperlyConfigured, match=r"OIDC_ISSUER.*https://id\.example\.org"):
        env.address("OIDC_ISSUER")


def test_an_issuer_needs_its_client(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with pytest.raises(ImproperlyConfigured, match="OIDC_CLIENT_ID"):
        sign_on.providers(issuer="https://id.example.org", name="ID")
    (tmp_path / "secret").write_text("s3cret\n")
    monkeypatch.setenv("OIDC_CLIENT_ID", "meridian")
    monkeypatch.setenv("OIDC_CLIENT_SECRET_FILE", str(tmp_path / "secret"))
    [app] = sign_on.providers(issuer="https://id.example.org", name="ID")["openid_connect"]["APPS"]
    assert (app["client_id"], app["secret"]) == ("meridian", "s3cret")
