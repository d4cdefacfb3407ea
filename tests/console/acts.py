"""An example of every act that a person can do: one per address that takes more than a GET, one per command's verb.

`test_audit_walk.py` does them all, and fails when an act left no entry in the audit trail, or when an address or a verb
is missing here. Add a line with each new one: how to do it, and the kind of entry that must be there afterwards.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.mfa.utils import decrypt
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from console import saved_views
from console.accounts import api_tokens, factors, links, people
from console.models import ApiToken, Operator, SavedView
from console.rights import Role
from console.views.account.factors import SECRET
from security import logbook
from security.models import Book, Certificate
from security.pki import station_authority
from stations.models import Station
from tests import environment, factories
from tests.stations.gateway.authority import Authority


@dataclass(frozen=True, slots=True)
class Stage:
    """What an example may use: ada, an administrator who has just proved who she is, and her browser."""

    ada: Operator
    browser: Client

    def post(self, view: str, data: Mapping[str, Any] | None = None, **arguments: Any) -> HttpResponse:
        return self.browser.post(reverse(view, kwargs=arguments), data or {})


@dataclass(frozen=True, slots=True)
class Act:
    """`do` does the act once, `kind` is the entry it must leave; `prepare` makes what the act is about."""

    kind: str
    do: Callable[[Stage], HttpResponse]
    prepare: Callable[[Stage], None] = field(default=lambda stage: None)


@dataclass(frozen=True, slots=True)
class Said:
    """A command line and the entry it must leave."""

    kind: str
    words: tuple[str, ...]
    prepare: Callable[[], None] = field(default=lambda: None)


def victor() -> None:
    factories.operator("victor", Role.VIEWER, password=factories.PASSWORD)


def bob(stage: Stage) -> None:
    factories.second_factor(factories.operator("bob", Role.OPERATOR))


def no_bob(stage: Stage) -> None:
    bob(stage)
    people.disable(people.find("bob"), by=stage.ada.actor, at=timezone.now())


def disabled_victor() -> None:
    victor()
    people.disable(people.find("victor"), by="cli:root", at=timezone.now())


def first_token() -> None:
    row, _ = api_tokens.create(scopes=["read-billing"], label="", by="cli:root", at=timezone.now())
    ApiToken.objects.filter(pk=row.pk).update(id=1)


def knock(name: str, password: str) -> HttpResponse:
    return Client().post(reverse("sign_in"), {"name": name, "password": password})


def second_step(stage: Stage) -> HttpResponse:
    stage.ada.refresh_from_db()
    browser = Client()
    browser.post(reverse("sign_in"), {"name": "ada", "password": factories.PASSWORD})
    return browser.post(reverse("second_factor"), {"code": code_of_ada(stage)})


def code_of_ada(stage: Stage) -> str:
    row = Authenticator.objects.get(user=stage.ada, type=Authenticator.Type.TOTP)
    return factories.code_of(decrypt(row.data["secret"]), at=timezone.now())


def open_link(stage: Stage) -> HttpResponse:
    address = links.issue(factories.operator("new", Role.VIEWER), by=stage.ada.actor, at=timezone.now())
    return Client().post("/" + address.split("/", 3)[3])


def set_up(stage: Stage) -> HttpResponse:
    browser = Client()
    browser.force_login(factories.operator("new", Role.VIEWER))
    return browser.post(reverse("set_up"), NEW_PASSWORD)


def add_app(stage: Stage) -> HttpResponse:
    stage.browser.get(reverse("about"))  # from here on this session knows that everything is set up
    factors.remove_all(stage.ada)
    stage.browser.get(reverse("account_factor_add"))
    code = factories.code_of(stage.browser.session[SECRET], at=timezone.now())
    return stage.post("account_factor_add", {"code": code})


def remove_app(stage: Stage) -> HttpResponse:
    victor = factories.operator("victor", Role.VIEWER, password=factories.PASSWORD)
    factories.second_factor(victor)
    address = reverse("account_factor_remove", kwargs={"factor_id": factors.of(victor)[0].id})
    return factories.signed_in(victor).post(address)


def end_session(stage: Stage) -> HttpResponse:
    factories.signed_in(stage.ada).get(reverse("about"))
    return stage.post("account_session_end", session_id=stage.ada.sessions.latest("pk").pk)


NEW_PASSWORD = {"password": "four words that differ", "repeated": "four words that differ"}

# By the name of the address.
ACTS: dict[str, Act] = {
    "station_add": Act("station.added", lambda stage: stage.post("station_add", {"identity": "E2", "profile": 2})),
    "stations_import": Act("station.added", lambda stage: _import(stage)),
    "stations_bulk": Act(
        "station.accepted",
        lambda stage: stage.post("stations_bulk", {"act": "accept", "station": _number("E1"), "reason": "known"}),
        lambda _: _station(),
    ),
    "station_move": Act(
        "station.blocked",
        lambda stage: stage.post("station_move", {"act": "block"}, identity="E1"),
        lambda _: _station(),
    ),
    "station_commands": Act(
        "command.queued",
        lambda stage: stage.post("station_commands", {"action": "Reset", "payload": '{"type": "Soft"}'}, identity="E1"),
        lambda _: _station(),
    ),
    "view_save": Act(
        "view.saved", lambda stage: stage.post("view_save", {"name": "Silent ones", "query": "state=silent"})
    ),
    "view_remove": Act(
        "view.removed", lambda stage: stage.post("view_remove", number=SavedView.objects.get().pk), lambda s: _view(s)
    ),
    "station_rotate_key": Act(
        "key.proposed", lambda stage: stage.post("station_rotate_key", identity="E1"), lambda _: _station()
    ),
    "export_ask": Act(
        "export.asked", lambda stage: stage.post("export_ask", {"book": "metrological"}), lambda _: _book()
    ),
    "api_exports": Act(
        "export.asked",
        lambda stage: stage.browser.post("/api/exports/", {"book": "metrological"}, content_type="application/json"),
        lambda _: _book(),
    ),
    "api_stations": Act(
        "station.added",
        lambda stage: stage.browser.post("/api/stations/", {"id": "E9", "profile": 1}, content_type="application/json"),
    ),
    "api_station_move": Act(
        "station.blocked",
        lambda stage: stage.post("api_station_move", identity="E1", move="block"),
        lambda _: _station(),
    ),
    "api_station_key": Act(
        "key.proposed", lambda stage: stage.post("api_station_key", identity="E1"), lambda _: _station()
    ),
    "api_commands": Act(
        "command.queued",
        lambda stage: stage.browser.post(
            "/api/stations/E1/commands/",
            {"action": "Reset", "payload": {"type": "Soft"}},
            content_type="application/json",
        ),
        lambda _: _station(),
    ),
    "logbook_verify": Act(
        "book.check-asked", lambda stage: stage.post("logbook_verify", book="metrological"), lambda _: _book()
    ),
    "logbook_seal": Act(
        "book.seal-ordered", lambda stage: stage.post("logbook_seal", book="metrological"), lambda _: _book()
    ),
    "logbook_rotate_key": Act(
        "key.introduced", lambda stage: stage.post("logbook_rotate_key", book="metrological"), lambda _: _book()
    ),
    "sign_in": Act("operator.signed-in", lambda stage: knock("victor", factories.PASSWORD), lambda stage: victor()),
    "second_factor": Act("operator.signed-in", second_step),
    "sign_out": Act("operator.signed-out", lambda stage: stage.post("sign_out")),
    "sign_in_link": Act("link.used", open_link),
    "set_up": Act("password.changed", set_up),
    "account": Act("operator.profile-changed", lambda stage: stage.post("account", {"full_name": "Ada L."})),
    "account_email": Act(
        "operator.profile-changed", lambda stage: stage.post("account_email", {"email": "a@b.example"})
    ),
    "account_appearance": Act("operator.settings", lambda stage: stage.post("account_appearance", {"theme": "dark"})),
    "account_password": Act("password.changed", lambda stage: stage.post("account_password", NEW_PASSWORD)),
    "account_factor_add": Act("factor.added", add_app),
    "account_factor_remove": Act("factor.removed", remove_app),
    "account_recovery_codes": Act("recovery-codes.made", lambda stage: stage.post("account_recovery_codes")),
    "account_session_end": Act("session.ended", end_session),
    "account_sessions_end": Act("session.ended", lambda stage: stage.post("account_sessions_end")),
    "person_invite": Act(
        "operator.invited", lambda stage: stage.post("person_invite", {"name": "bob", "role": "viewer"})
    ),
    "person_roles": Act(
        "role.granted", lambda stage: stage.post("person_roles", {"grant": ["auditor@"]}, name="bob"), prepare=bob
    ),
    "person_profile": Act(
        "operator.profile-changed",
        lambda stage: stage.post("person_profile", {"full_name": "Bob"}, name="bob"),
        prepare=bob,
    ),
    "person_disable": Act("operator.disabled", lambda stage: stage.post("person_disable", name="bob"), prepare=bob),
    "person_enable": Act("operator.enabled", lambda stage: stage.post("person_enable", name="bob"), prepare=no_bob),
    "person_link": Act("link.issued", lambda stage: stage.post("person_link", name="bob"), prepare=bob),
    "person_sessions_end": Act(
        "session.ended", lambda stage: stage.post("person_sessions_end", name="bob"), prepare=bob
    ),
    "person_reset_second_factor": Act(
        "factor.reset", lambda stage: stage.post("person_reset_second_factor", name="bob"), prepare=bob
    ),
}

# Addresses that take a POST and do no act that the trail has to know.
NO_ACTS: dict[str, str] = {
    "sign_in_passkey": "needs a real authenticator: test_passkeys.py does it in a browser, with its entry",
    "sign_in_passkey_options": "a challenge for whoever asks; the answer to it is the act",
    "openid_connect_login": "on to the identity provider; coming back is the act",
    "set_up_postpone": "the demo on one machine only; nothing is changed by it but this session",
    "welcome_dismiss": "puts away a hint in one's own browser",
    "theme_set": "how one's own pages look; nobody else sees or answers for it",
    "language_set": "how one's own pages look; nobody else sees or answers for it",
}


def _book() -> None:
    logbook.append("metrological", "seal.broken", {}, subject="station:E1", actor="operator:ada", at=factories.NOW)


def _personal_entry() -> None:
    personal = {"name": "Ada Muster"}
    logbook.append(
        "metrological", "meter.read", {}, subject="station:E1", actor="s", at=factories.NOW, personal=personal
    )


def _broken_book() -> None:
    _book()
    Book.objects.filter(name="metrological").update(state=Book.State.READ_ONLY)


def _station() -> None:
    factories.station("E1", status="pending", protocol="ocpp1.6")


def _request_of(identity: str) -> bytes:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, identity)])
    key = ec.generate_private_key(ec.SECP256R1())
    signed = x509.CertificateSigningRequestBuilder().subject_name(name).sign(key, hashes.SHA256())
    return signed.public_bytes(serialization.Encoding.PEM)


def _request_file() -> str:
    path = FOLDER / "e1.csr"
    path.write_bytes(_request_of("E1"))
    return str(path)


def _issued() -> str:
    """The file of a certificate that E1 has; its row is made by `_keep_issued`."""
    return str(AUTHORITY.issue("E1").files[0])


def _keep_issued() -> None:
    made = x509.load_pem_x509_certificate(Path(REVOKED).read_bytes())
    station_authority.keep(
        made,
        owner="station:E1",
        purpose=Certificate.Purpose.STATION,
        by="operator:ada",
        at=factories.NOW,
        issued_here=True,
    )


FOLDER = environment.HOME / "acts"
FOLDER.mkdir()
AUTHORITY = Authority(FOLDER)
REVOKED = _issued()
LISTENER = AUTHORITY.issue("localhost", usage=ExtendedKeyUsageOID.SERVER_AUTH).files


def _view(stage: Stage) -> None:
    saved_views.keep(stage.ada, "stations", "Mine", "profile=1", shared=False, at=factories.NOW)


def _number(identity: str) -> int:
    return Station.objects.get(identity=identity).pk


def _import(stage: Stage) -> HttpResponse:
    """First the preview, then its form."""
    preview: Any = stage.post("stations_import", {"text": "identity,profile\nE7,2\n"})
    return stage.post("stations_import", {"sealed": preview.context["sealed"]})


# The example of the published signed-note specification.
WITNESS_VKEY = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"

# By noun and verb.
COMMANDS: dict[str, Said] = {
    "logbook append": Said(
        "logbook.entered", ("metrological", "--kind", "seal.broken", "--subject", "station:E1", "--payload", "{}")
    ),
    "station add": Said("station.added", ("E1", "--profile", "1")),
    "station accept": Said("station.accepted", ("E1",), _station),
    "station reject": Said("station.rejected", ("E1",), _station),
    "station block": Said("station.blocked", ("E1",), _station),
    "station retire": Said("station.retired", ("E1",), _station),
    "station rotate-key": Said("key.proposed", ("E1",), _station),
    "station send": Said("command.queued", ("E1", "Reset", '{"type": "Soft"}'), _station),
    "logbook export": Said(
        "export.asked", ("--book", "metrological", "--out", str(environment.HOME / "walk.zip")), _book
    ),
    "operator add": Said("operator.invited", ("bob", "--role", "viewer")),
    "operator disable": Said("operator.disabled", ("victor",), prepare=victor),
    "operator enable": Said("operator.enabled", ("victor",), prepare=lambda: disabled_victor()),
    "operator link": Said("link.issued", ("victor",), prepare=victor),
    "operator reset-second-factor": Said("factor.reset", ("victor",), prepare=victor),
    "apitoken create": Said("api-token.created", ("--scope", "read-billing")),
    "apitoken revoke": Said("api-token.revoked", ("1",), prepare=lambda: first_token()),
    "logbook add-witness": Said(
        "witness.added", ("W", "--vkey", WITNESS_VKEY, "--url", "https://witness.example.org/log")
    ),
    "logbook add-timestamps": Said(
        "timestamps.added", ("T", "--url", "https://time.example.org/tsr", "--ca", str(AUTHORITY.file))
    ),
    "certificate trust": Said("trust.added", (str(AUTHORITY.file), "--for", "stations")),
    "certificate server": Said("certificate.installed", ("--cert", str(LISTENER[0]), "--key", str(LISTENER[1]))),
    "certificate issue": Said("certificate.issued", ("station", "E1", "--csr", _request_file()), _station),
    "certificate revoke": Said("certificate.revoked", (REVOKED,), _keep_issued),
    "logbook seal": Said("book.seal-ordered", ("metrological",), _book),
    "logbook rotate-key": Said("key.introduced", ("metrological",), _book),
    "logbook erase": Said("personal.erased", ("metrological", "1", "name", "--basis", "asked for it"), _personal_entry),
    "logbook recover": Said("book.opened", ("metrological", "--successor", "--reason", "lost"), _broken_book),
}

# Verbs that leave no entry, each with the reason.
NO_ENTRY: dict[str, str] = {
    "operator list": "only reads",
    "apitoken list": "only reads",
    "logbook list": "only reads",
    "logbook holders": "only reads",
    "station list": "only reads",
    "certificate list": "only reads",
    "station show": "only reads",
    "station messages": "only reads",
    "logbook entries": "only reads",
    "logbook keys": "only reads",
    "logbook policy": "only reads what is public",
    "logbook verify": "only reads a file, which may be of another house",
}
