"""No secret reaches a log line, by whichever way it comes; what people need to find something stays readable."""

import json
import logging
import sys
from typing import Any

import pytest

from console import logs

BODY = "MHcCAQEEIIrYSSNQFaA2Hwf1duRSxKtLYX5CB04fSeQ6tF1aY/PuoAoG"
PEM = f"-----BEGIN EC PRIVATE KEY-----\n{BODY}\n-----END EC PRIVATE KEY-----"
SECRETS = {
    "password in a form": ("password=Tr0ub4dor&x=1", "Tr0ub4dor"),
    "password in json": ('{"password": "correct horse battery"}', "correct horse"),
    "password in a dict": ("{'new_password': 'correct horse battery'}", "correct horse"),
    "basic credentials": ("Authorization: Basic REU6QVVXOmh1bnRlcjI=", "REU6QVVX"),
    "bearer token": ("authorization: Bearer 3fe1.abc-DEF_ghi", "3fe1.abc"),
    "credentials without their header": ("refused Basic REU6QVVXOmh1bnRlcjI= twice", "REU6QVVX"),
    "cookie": ("Cookie: sessionid=q2w3e4r5; csrftoken=abc123", "q2w3e4r5"),
    "set-cookie": ("Set-Cookie: sessionid=q2w3e4r5; HttpOnly", "q2w3e4r5"),
    "raw header pair": ("(b'cookie', b'sessionid=q2w3e4r5')", "q2w3e4r5"),
    "session id alone": ("session k3j2h1g4f5d6s7a8p9o0i1u2y3t4r5e6 ended", "k3j2h1g4"),
    "csrf field": ("csrfmiddlewaretoken=zzTopSecretValue1", "zzTop"),
    "private key": (f"could not read {PEM} at all", "MHcCAQEE"),
    "private key on one line": (repr(PEM), "MHcCAQEE"),
    "private key cut off": (PEM[:70], "MHcCAQ"),
    "station key in hex": ("key 7f3a9c0d1e2b4f5a6c7d8e9f0a1b2c3d4e5f6a7b set", "7f3a9c0d"),
    "station key by its OCPP name": ('{"key":"AuthorizationKey=0001020304"}', "00010203"),
    "basic auth password of 2.0.1": ("BasicAuthPassword: s3cr3ts3cr3ts3cr", "s3cr3t"),
    "database address": ("DATABASE_URL=postgres://meridian:hunter2@db:5432/m", "hunter2"),
    "redis address": ("cannot connect to redis://:hunter2@127.0.0.1:6379/0", "hunter2"),
    "totp secret": ("secret JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP shown", "JBSWY3DP"),
    "otpauth address": ("otpauth://totp/Meridian:ada?secret=JBSWY3DPEHPK3PXP&issuer=M", "JBSWY3DP"),
    "recovery codes": ("recovery_codes=8f3k-22mx", "8f3k"),
    "one-time link": ("GET /account/link/5Hc1nq9XkJ7eXw2mT0aYb3RrV8uZpQfLsD6gKiO4tNE/", "5Hc1nq9X"),
    "token in a query": ("GET /live/?token=5Hc1nq9Xk", "5Hc1nq9Xk"),
    "single sign-on answer": ("GET /sso/callback/?code=SplxlOBeZQQ&state=af0ifjsldkj", "SplxlOBe"),
    "api token anywhere": ("mrd_5Hc1nq9XkJ7eXw2mT0aYb3RrV8uZpQfLsD6gKiO4tNE used", "5Hc1nq9X"),
}
STAYS = [
    "sha256 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "station DE*AUW*E1187 connected with profile 3 from 10.0.0.7:51234",
    "entry 48213 of book metrological, exit code 3, status_code=404",
    "2026-11-21T08:52:10.401226Z request 4f5dd0b1c2aa took 12.5 ms",
    "https://github.com/example/project and /var/lib/meridian/run/engine.sock",
    "the session ended; the password was changed; two tokens are in use",
]


def line(message: str, *arguments: object, **extra: Any) -> str:
    """What the handler of the real settings would write."""
    record = logging.getLogger("t").makeRecord("t", logging.ERROR, "f", 1, message, arguments, None, extra=extra)
    logs.Redaction().filter(record)
    return logs.Json().format(record)


@pytest.mark.parametrize("kind", SECRETS)
def test_a_secret_is_gone_from_message_argument_extra_and_traceback(kind: str) -> None:
    text, secret = SECRETS[kind]
    assert secret in text
    try:
        raise ValueError(text)
    except ValueError:
        record = logging.getLogger("t").makeRecord("t", logging.ERROR, "f", 1, "broke", (), sys.exc_info())
    logs.Redaction().filter(record)
    written = [line(text), line("said %s", text), line("x", detail=text), line("x", deep={"a": [text]})]
    for one in [*written, logs.Json().format(record), logs.Plain().format(record)]:
        assert secret not in one
        assert logs.GONE in one


@pytest.mark.parametrize("text", STAYS)
def test_what_people_look_for_stays(text: str) -> None:
    assert logs.redact(text) == text


@pytest.mark.parametrize("name", ["password", "new_password", "secret", "Cookie", "authorization", "api_key", "token"])
def test_a_value_under_a_telling_name_is_gone_whatever_it_looks_like(name: str) -> None:
    assert json.loads(line("x", facts={name: "plain", "view": "people"}))["facts"] == {
        name: logs.GONE,
        "view": "people",
    }


def test_a_line_is_one_object_with_the_id_of_the_request() -> None:
    logs.request_id.set("abc123abc123")
    try:
        entry = json.loads(line("two\nlines", view="people"))
    finally:
        logs.request_id.set("")
    assert entry["request"] == "abc123abc123"
    assert entry["view"] == "people"
    assert entry["level"] == "ERROR"


def test_a_broken_format_string_still_says_what_it_can() -> None:
    assert "tried" in line("tried %d times", "three")


def test_every_handler_of_the_settings_redacts() -> None:
    built = logs.configuration(level="INFO", form="json")
    assert all("redaction" in handler["filters"] for handler in built["handlers"].values())
    assert all(not logger.get("handlers") for logger in built["loggers"].values()), "a way around the redaction"
