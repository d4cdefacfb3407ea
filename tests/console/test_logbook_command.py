"""`manage.py logbook`, as scripts rely on it."""

import json
from typing import Any

import pytest
from django.core.management import call_command
from django.db import transaction
from django.utils import timezone

from security import logbook
from security.merkle import checkpoint, note, policy
from security.models import Book, Entry, Opening

pytestmark = pytest.mark.django_db


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Any:
    def call(*words: str, code: int = 0) -> Any:
        if code:
            with pytest.raises(SystemExit) as refused:
                call_command("logbook", *words, "--json")
            assert refused.value.code == code
        else:
            call_command("logbook", *words, "--json")
        return json.loads(capsys.readouterr().out)

    return call


def enter(run: Any, payload: str = '{"seal":"A-17"}', **more: int) -> Any:
    words = ("--kind", "seal.broken", "--subject", "station:E1", "--payload", payload)
    return run("append", "metrological", *words, **more)


def test_append_then_read(run: Any) -> None:
    assert run("list") == []
    made = enter(run)
    stored = Entry.objects.get(book__name="metrological", sequence=made["sequence"])
    assert (made["book"], made["leaf"]) == ("metrological", bytes(stored.leaf).hex())
    found = run("entries", "metrological", "--kind", "seal.broken")
    assert [(one["sequence"], one["payload"]) for one in found] == [(1, {"seal": "A-17"})]
    assert found[0]["actor"].startswith("cli:")
    assert [one["kind"] for one in run("entries", "metrological", "--from", "0", "--to", "0")] == ["book.opened"]
    assert Entry.objects.filter(book__name="audit", kind="logbook.entered").count() == 1


@pytest.mark.parametrize("payload", ["[1]", "{", '{"x":1.5}', '{"x":1e3}'])
def test_append_refuses(run: Any, payload: str) -> None:
    enter(run)
    assert set(enter(run, payload, code=1)["error"]) == {"code", "message"}
    assert Entry.objects.filter(book__name="metrological").count() == 2


def test_seal_and_policy_fit_together(run: Any) -> None:
    enter(run)
    sealed = run("seal", "metrological")
    trusted = policy.parse(run("policy", "metrological")["policy"].encode())
    signed = note.parse(sealed["checkpoint"].encode())
    head = checkpoint.parse(signed.text)
    assert (head.size, head.root.hex()) == (sealed["size"], sealed["root"])
    assert [key.id for key in trusted.keys_for(head.origin)] == [one.key_id for one in signed.signatures]
    listed = {row["book"]: row for row in run("list")}["metrological"]
    assert listed == {
        "book": "metrological",
        "origin": head.origin,
        "size": 2,
        "sealed_size": 2,
        "root": sealed["root"],
        "state": "open",
    }


@pytest.mark.parametrize(
    "kind", ["book.opened", "key.introduced", "key.retired", "key.revoked", "personal.erased", "a b", "a\nb", ""]
)
def test_nobody_types_what_a_book_says_about_itself(run: Any, kind: str) -> None:
    """One such entry would make every later export of the book look tampered with."""
    words = ("--kind", kind, "--subject", "book:metrological", "--payload", '{"vkey":"x"}')
    assert run("append", "metrological", *words, code=1)["error"]["code"] == "kind-refused"


@pytest.mark.django_db(transaction=True)
def test_keys_are_listed_replaced_and_named_in_the_policy(run: Any) -> None:
    enter(run)
    first = run("keys", "metrological")[0]
    assert (first["state"], first["introduced_in"], first["ended_in"]) == ("current", 0, None)
    made = run("rotate-key", "metrological")
    assert made["entry"] == 2
    listed = run("keys", "metrological")
    assert [(key["vkey"], key["state"]) for key in listed] == [(first["vkey"], "retiring"), (made["vkey"], "current")]
    text = run("policy", "metrological")["policy"]
    assert first["vkey"] in text
    assert made["vkey"] in text
    assert run("keys", "diary", code=1)["error"]["code"] == "book-unknown"


@pytest.mark.django_db(transaction=True)
def test_a_personal_value_is_forgotten_and_the_book_says_why(run: Any) -> None:
    entry = {"subject": "station:E1", "actor": "s", "at": timezone.now(), "personal": {"name": "Ada Muster"}}
    with transaction.atomic():
        kept = logbook.append("metrological", "meter.read", {}, **entry).sequence
    words = ("erase", "metrological", str(kept), "name", "--basis")
    assert run(*words, " ", code=1)["error"]["code"] == "basis-missing"
    assert Opening.objects.count() == 1
    made = run(*words, "asked for it")
    assert not Opening.objects.exists()
    said = run("entries", "metrological", "--from", str(made["entry"]))[0]
    assert (said["kind"], said["payload"]["basis"]) == ("personal.erased", "asked for it")
    assert "error" in run(*words, "again", code=1)


def test_unknown_book(run: Any) -> None:
    assert run("seal", "diary", code=1)["error"]["code"] == "book-unknown"


def test_recover_tells_before_it_does(run: Any) -> None:
    enter(run)
    run("seal")
    assert run("recover", "metrological")["wrong"] is None
    Book.objects.filter(name="metrological").update(state="read-only")
    assert run("recover", "metrological", code=1)["state"] == "read-only"
    assert run("recover", "metrological", "--successor", code=1)["error"]["code"] == "reason-missing"
    made = run("recover", "metrological", "--successor", "--reason", "a test")
    assert made["successor"] == "metrological-2"


@pytest.mark.django_db
def test_who_holds_the_seals_too_is_added_and_listed(capsys):
    vkey = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
    words = ("logbook", "add-witness", "Chamber", "--vkey", vkey, "--url", "https://witness.example.org/log", "--json")
    call_command(*words)
    assert json.loads(capsys.readouterr().out)["vkey"] == vkey
    call_command("logbook", "holders", "--json")
    assert [row["name"] for row in json.loads(capsys.readouterr().out)] == ["Chamber"]
    for wrong, code in (
        (words, "holder-exists"),
        (("logbook", "add-witness", "B", "--vkey", "nonsense", "--url", "https://b/", "--json"), "vkey-unreadable"),
        (("logbook", "add-witness", "C", "--vkey", vkey, "--url", "nowhere", "--json"), "address-unreadable"),
    ):
        with pytest.raises(SystemExit) as ended:
            call_command(*wrong)
        assert ended.value.code == 1
        assert json.loads(capsys.readouterr().out)["error"]["code"] == code
