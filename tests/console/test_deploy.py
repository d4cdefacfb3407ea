"""Behind https the framework's own deployment checks find nothing to say, and cookies are what they should be."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.auth.hashers import identify_hasher, make_password

from tests.tools.source import ROOT


def manage(*words: str, home: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "MERIDIAN_HOME": str(home), "DATABASE_URL": f"sqlite:///{home}/db.sqlite3", **environment}
    return subprocess.run([sys.executable, "manage.py", *words], cwd=ROOT, env=env, capture_output=True, text=True)


def test_check_deploy_is_clean(tmp_path: Path) -> None:
    words = ("check", "--deploy", "--fail-level", "WARNING")
    done = manage(*words, home=tmp_path, CONSOLE_URL="https://console.example.org")
    assert done.returncode == 0, done.stderr


def test_demo_beyond_loopback_is_no_demo(tmp_path: Path) -> None:
    ask = ("shell", "--no-imports", "-c", "from django.conf import settings; print(settings.DEMO)")
    assert manage(*ask, home=tmp_path, DEMO="1").stdout.strip() == "True"
    assert manage(*ask, home=tmp_path, DEMO="1", BIND="0.0.0.0").stdout.strip() == "False"


@pytest.mark.requirement("J14")
def test_profile_one_stays_on_this_machine_until_somebody_says_so_in_so_many_words(tmp_path: Path) -> None:
    ask = ("shell", "--no-imports", "-c", "from django.conf import settings; print(settings.OCPP_BINDS)")
    assert manage(*ask, home=tmp_path, BIND="0.0.0.0").stdout.strip() == "{1: '127.0.0.1', 2: '0.0.0.0', 3: '0.0.0.0'}"
    told = manage(*ask, home=tmp_path, BIND="0.0.0.0", BIND_UNENCRYPTED="0.0.0.0").stdout.strip()
    assert told == "{1: '0.0.0.0', 2: '0.0.0.0', 3: '0.0.0.0'}"


def test_passwords_are_hashed_by_scrypt() -> None:
    real = [name for name in settings.PASSWORD_HASHERS if "MD5" not in name]
    assert real[0].endswith("ScryptPasswordHasher")
    assert identify_hasher(make_password("x", hasher="scrypt")).algorithm == "scrypt"


@pytest.mark.django_db
def test_session_cookies_keep_to_this_house(as_ada) -> None:
    cookie = as_ada.get("/about/").wsgi_request and as_ada.cookies["sessionid"]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"
    assert settings.SESSION_COOKIE_AGE == 12 * 3600
