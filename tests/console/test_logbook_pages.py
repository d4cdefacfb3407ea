"""The log books as people and machines read them over HTTP."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from console import overview, sentences
from console.models import Operator
from console.rights import Role
from security import alarms, checking, logbook, proofs, sealing
from security.keys import ed25519
from security.merkle import checkpoint, note, policy, proof, tiles, tree
from security.models import Book, Checkpoint, Entry, LogKey
from tests import factories
from tests.security.tamper import execute, without_guards

AT = datetime(2026, 6, 1, 12, 0, 0, tzinfo=UTC)
pytestmark = pytest.mark.django_db


@pytest.fixture
def sealed() -> Checkpoint:
    entries = [
        logbook.NewEntry("clock.adjusted" if n % 3 else "clock.refused", {"n": n}, f"station:E{n % 5}", "s", AT)
        for n in range(299)
    ]
    logbook.append_many("metrological", entries)
    return sealing.seal(Book.objects.get(name="metrological"), at=AT)


@pytest.fixture
def entered_after(sealed: Checkpoint) -> int:
    receipt = logbook.append("metrological", "clock.adjusted", {"n": 1}, subject="station:E1", actor="s", at=AT)
    return receipt.sequence


def get(client: Client, path: str, code: int = 200) -> Any:
    answer = client.get(path)
    assert answer.status_code == code, path
    return answer


PAGES = [
    "/logbooks/",
    "/logbooks/metrological/",
    "/logbooks/metrological/?kind=clock.&subject=station:E1&since=2026-01-01&until=2026-12-31&first=5&last=200",
    "/logbooks/metrological/?since=nonsense&first=-4",
    "/logbooks/metrological/0/",
    "/logbooks/metrological/255/",
    "/logbooks/metrological/300/",
    "/logbooks/metrological/keys/",
    "/logbooks/metrological/trust/",
]


@pytest.mark.parametrize("path", PAGES)
def test_pages_open(path: str, entered_after: int, as_ada: Client) -> None:
    get(as_ada, path)


def test_an_entry_is_proved_in_front_of_the_reader(entered_after: int, as_ada: Client) -> None:
    page = get(as_ada, "/logbooks/metrological/7/").content.decode()
    assert "the bytes below are in the sealed book" in page
    assert page.count('class="f-plate s-edge"') == 9
    fresh = get(as_ada, f"/logbooks/metrological/{entered_after}/").content.decode()
    assert "not yet under a seal" in fresh


def test_filters_and_pages_keep_sequence_order(sealed: Checkpoint, as_ada: Client) -> None:
    def numbers(path: str) -> list[int]:
        return [row.read.sequence for row in get(as_ada, path).context["rows"]]

    first = numbers("/logbooks/metrological/")
    assert first == list(range(299, 249, -1))
    assert numbers("/logbooks/metrological/?before=250") == list(range(249, 199, -1))
    assert numbers("/logbooks/metrological/?after=249") == first
    found = numbers("/logbooks/metrological/?kind=clock.refused&last=10")
    assert found == [10, 7, 4, 1]
    assert numbers("/logbooks/metrological/?subject=station:E2&first=290") == [298, 293]
    assert numbers("/logbooks/metrological/?since=2026-06-01&until=2026-06-01") == first
    assert numbers("/logbooks/metrological/?since=2026-06-02") == []
    assert numbers("/logbooks/metrological/?until=2026-05-31") == []


def test_unknown_ones_are_not_found(sealed: Checkpoint, as_ada: Client) -> None:
    for path in ("/logbooks/diary/", "/logbooks/metrological/9999/", "/log/diary/checkpoint"):
        get(as_ada, path, 404)


def test_the_tiles_give_the_signed_root(sealed: Checkpoint, entered_after: int, as_ada: Client) -> None:
    raw = get(as_ada, "/log/metrological/checkpoint").content
    signed = note.parse(raw)
    keys = [note.parse_vkey(LogKey.objects.get(book=sealed.book).vkey)]
    note.verified(signed, keys, ed25519.verify)
    head = checkpoint.parse(signed.text)
    leaves, entries = b"", []
    for path in (tiles.path(0, 0), tiles.path(0, 1, head.size - 256)):
        leaves += get(as_ada, f"/log/metrological/{path}").content
        bundle = path.replace("tile/0", "tile/entries")
        entries += tiles.parse_entry_bundle(get(as_ada, f"/log/metrological/{bundle}").content)
    edge = tree.Edge()
    for number, line in enumerate(entries):
        assert tree.leaf_hash(line) == leaves[32 * number : 32 * number + 32]
        edge.append(tree.leaf_hash(line))
    assert (edge.size, edge.root()) == (head.size, head.root)
    upper = get(as_ada, f"/log/metrological/{tiles.path(1, 0, 1)}").content
    assert upper == proofs.stored_node(sealed.book_id)(8, 0)


@pytest.mark.parametrize("tile", ["0/001.p/45", "0/002", "0/001", "1/000", "2/000.p/1", "0/0", "entries/001", "64/000"])
def test_no_tile_beyond_the_seal(tile: str, entered_after: int, as_ada: Client) -> None:
    get(as_ada, f"/log/metrological/tile/{tile}", 404)


def test_entry_and_proof_need_nothing_else(sealed: Checkpoint, as_ada: Client) -> None:
    answer = get(as_ada, "/log/metrological/entry/77")
    assert "immutable" in answer["Cache-Control"]
    taken = proof.parse(get(as_ada, "/log/metrological/entry/77.tlog-proof").content)
    trusted = policy.parse(get(as_ada, "/logbooks/metrological/policy.txt").content)
    proof.check(taken, answer.content, trusted.keys_for(sealed.book.origin), ed25519.verify)


def test_proofs_over_the_api(sealed: Checkpoint, as_ada: Client) -> None:
    told = get(as_ada, "/log/metrological/proof/inclusion?sequence=5&size=200").json()
    assert set(told) == {"sequence", "size", "root", "hashes"}
    assert len(told["hashes"]) == 8
    grown = get(as_ada, "/log/metrological/proof/consistency?from=100").json()
    assert (grown["from"], grown["to"]) == (100, sealed.size)
    for query in ("inclusion", "inclusion?sequence=900", "inclusion?sequence=01", "consistency?from=7&to=3"):
        get(as_ada, f"/log/metrological/proof/{query}", 404)


def test_nobody_without_the_right_reads(sealed: Checkpoint) -> None:
    bill = factories.signed_in(factories.operator("bill", Role.BILLING))
    for path in (*PAGES[:2], "/log/metrological/checkpoint", "/log/metrological/entry/3"):
        assert bill.get(path).status_code == 403
        assert Client().get(path).status_code == 302


def test_a_check_is_asked_for_run_and_shown(sealed: Checkpoint, as_ada: Client) -> None:
    asked = as_ada.post("/logbooks/metrological/verify/")
    assert "Waiting" in get(as_ada, asked.url).content.decode()
    checking.run_waiting(at=AT)
    assert "Nothing was changed" in get(as_ada, asked.url).content.decode()


def test_sealing_and_a_new_key_are_for_those_who_manage_books(entered_after: int, as_ada: Client) -> None:
    viewer = factories.signed_in(factories.operator("vera", Role.VIEWER))
    for name in ("logbook_seal", "logbook_rotate_key"):
        path = reverse(name, args=["metrological"])
        assert viewer.post(path).status_code == 403
        assert as_ada.get(path).status_code == 405
        assert as_ada.post(path).status_code == 302
    assert LogKey.objects.filter(book__name="metrological").count() == 2
    assert Entry.objects.filter(kind="book.seal-ordered", actor="operator:ada").count() == 1


def test_a_damaged_entry_is_shown_as_broken(sealed: Checkpoint, as_ada: Client) -> None:
    with without_guards():
        execute("UPDATE security_entry SET line = %s WHERE sequence = 9 AND book_id = %s", [b"{", sealed.book_id])
    page = get(as_ada, "/logbooks/metrological/9/").content.decode()
    assert "do not lead to the sealed root" in page
    assert 'data-state="broken"' in page


def test_sentences_say_what_the_entry_says(ada: Operator) -> None:
    said = {"kind": "role.granted", "subject": "operator:bob", "actor": ada.actor, "payload": {"role": "viewer"}}
    assert sentences.of(said) == "ada gave bob the role viewer."
    assert sentences.of({**said, "payload": {}}) == "ada gave bob the role ‹role›."
    assert sentences.of({**said, "kind": "moon.landed"}) == "ada: moon.landed, about bob."
    hidden = {**said, "payload": {"role": {"commitment": "00"}}}
    assert sentences.of(hidden) == "ada gave bob the role (a personal value, held apart)."


def test_the_buttons_of_those_who_manage_books(entered_after: int, as_ada: Client) -> None:
    vera = factories.signed_in(factories.operator("vera", Role.VIEWER))
    for page, act in (("logbook_entries", "logbook_seal"), ("logbook_keys", "logbook_rotate_key")):
        button = f'action="{reverse(act, args=["metrological"])}"'
        assert button in get(as_ada, reverse(page, args=["metrological"])).content.decode()
        assert button not in get(vera, reverse(page, args=["metrological"])).content.decode()
    as_ada.post(reverse("logbook_seal", args=["metrological"]))
    assert "Seal now" not in get(as_ada, reverse("logbook_entries", args=["metrological"])).content.decode()


def test_a_broken_book_stands_first_on_the_overview(sealed: Checkpoint, ada: Operator, as_ada: Client) -> None:
    alarms.break_book(sealed.book, "shorter-than-signed", "299 were signed, 290 are there", at=AT)
    need = overview.needs_of(ada, AT)[0]
    assert (need.critical, need.why) == (True, "299 were signed, 290 are there")
    assert need.why in get(as_ada, reverse("overview")).content.decode()
    assert overview.needs_of(factories.operator("bill", Role.BILLING), AT) == []
    alarms.settle(sealed.book, at=AT)
    assert overview.needs_of(ada, AT) == []
