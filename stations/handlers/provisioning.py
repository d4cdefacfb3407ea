"""Boot, heartbeat, and the conversation by which a new station gets a key of its own."""

from django.conf import settings

from stations import commands, credentials, onboarding, registry, rotation
from stations.errors import RotationUnderWay
from stations.models import Command, Station, StationKey
from stations.ocpp import times
from stations.ocpp.versions import Version
from stations.registry import Boot
from stations.saying import BulkRoutes, Payload, Routes, Saying, for_versions

# Soon enough that a newcomer is on within a minute, rarely enough that a thousand waiting ones do no harm.
PENDING_RETRY_S = 20
SPREAD_PERCENT = 10
BY = "system:onboarding"
S = Station.Status


def boots(said: list[Saying]) -> list[Payload]:
    """After an outage everybody boots at once, and nearly all of them are accepted already: that must cost little."""
    now = Station.objects.in_bulk({one.station.pk for one in said})  # as they stand, not as they did when they came
    registry.record_boots([Boot(now[one.station.pk], one.payload, one.version.value, one.at) for one in said])
    return [_answer_boot(now[one.station.pk], one) for one in said]


def _answer_boot(station: Station, said: Saying) -> Payload:
    """Pending stations get the next step of their onboarding; those that confirmed their key are accepted here."""
    if station.status == S.KEYED:
        onboarding.accept(station, by=BY, at=said.at, reason="it confirmed its own key")
    elif station.status in (S.PENDING, S.RESTRICTED):
        _next_step(station, said)
    answer = onboarding.BOOT_ANSWER.get(S(station.status), "Rejected")
    interval = heartbeat_of(station) if answer == "Accepted" else PENDING_RETRY_S
    return {"currentTime": times.write(said.at), "interval": interval, "status": answer}


def heartbeat_of(station: Station) -> int:
    """Its own setting to the second; the installation's a little shorter for most, so that those who came back
    together after an outage do not beat together ever after."""
    own: int | None = station.heartbeat_s
    return own or settings.HEARTBEAT_S - settings.HEARTBEAT_S * (station.pk % SPREAD_PERCENT) // 100


def _next_step(station: Station, said: Saying) -> None:
    """Ask what it is set to, then give it a key; the key's confirmation opens the door at the next boot."""
    if not station.settings.exists() and not _asked(station, "variables"):
        action, payload = ("GetConfiguration", {}) if said.version is Version.V16 else BASE_REPORT
        commands.queue(station, action, payload, by=BY, at=said.at, purpose="variables", idempotent=True)
    if station.profile == 3 or not station.key_before_accept:
        # Its certificate is its key, or somebody decided that the key it brought will do.
        onboarding.move(station, S.KEYED, by=BY, at=said.at, reason="it needs no new key")
        return
    newest = StationKey.objects.filter(station=station).order_by("-pk").first()
    if newest is not None and newest.made_by == BY and newest.state in StationKey.CURRENT:
        onboarding.key_confirmed(station, by=BY, at=said.at)
    elif newest is None or newest.state not in credentials.OPENS or newest.state in StationKey.CURRENT:
        _give_key(station, said, refused_before=newest is not None and newest.state == StationKey.State.FAILED)


def _give_key(station: Station, said: Saying, *, refused_before: bool) -> None:
    """A station that refused a new key keeps its old one; asking again at each boot would only fill its log."""
    if refused_before:
        return
    try:
        rotation.rotate(station, by=BY, at=said.at)
    except RotationUnderWay:
        return


def _asked(station: Station, purpose: str) -> bool:
    return Command.objects.filter(station=station, purpose=purpose, state__in=Command.OPEN).exists()


def heartbeat(said: Saying) -> Payload:
    return {"currentTime": times.write(said.at)}


BASE_REPORT = ("GetBaseReport", {"requestId": 1, "reportBase": "ConfigurationInventory"})
ROUTES: Routes = for_versions({"Heartbeat": heartbeat}, *Version)
BULK_ROUTES: BulkRoutes = {("BootNotification", version): boots for version in Version}
