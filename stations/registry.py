"""Which stations there are: adding, finding, describing them."""

import unicodedata
from dataclasses import dataclass, field
from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from security import logbook
from stations import credentials, rows
from stations.errors import IdentityNotAllowed, ProfileNotAllowed, StationExists, StationUnknown
from stations.models import Station, StationGroup
from stations.ocpp.identity import MAX_IDENTITY

PROFILES = (1, 2, 3)


@dataclass(frozen=True)
class Added:
    """`password` is what must be shown once; None when the caller brought one or the profile has none."""

    station: Station
    password: str | None = field(repr=False)


def fold(identity: str) -> str:
    return unicodedata.normalize("NFC", identity).casefold()


def find(identity: str) -> Station:
    """Raise StationUnknown. Letter case does not matter."""
    station = Station.objects.filter(folded=fold(identity)).first()
    if station is None:
        raise StationUnknown(identity)
    return station


@transaction.atomic
def add(
    identity: str,
    *,
    profile: int,
    by: str,
    at: datetime,
    key: bytes | None = None,
    accepted: bool = False,
    group: str = "",
    simulated: bool = False,
    from_manufacturer: bool = False,
    hashed: str = "",
) -> Added:
    """Register a station by hand. Without a key one is made for the profiles that have one."""
    check_identity(identity)
    if profile not in PROFILES:
        raise ProfileNotAllowed(profile)
    status = Station.Status.ACCEPTED if accepted else Station.Status.PENDING
    station = _create(identity, status=status, profile=profile, group=group, simulated=simulated, at=at)
    password = None
    if profile != 3:
        password = None if key else credentials.spell(credentials.new_key())
        given = key or str(password).encode()
        credentials.give(station, given, by=by, at=at, from_manufacturer=from_manufacturer, hashed=hashed)
    facts = {"profile": profile, "status": status.value, "group": group, "key_given": key is not None}
    logbook.append("audit", "station.added", facts, subject=station.subject, actor=by, at=at)
    return Added(station, password)


def check_identity(identity: str) -> None:
    """Raise IdentityNotAllowed for what no path could carry or no page could show."""
    if not identity or len(identity) > MAX_IDENTITY:
        raise IdentityNotAllowed(identity[:40], _("it must have 1 to %(most)s characters") % {"most": MAX_IDENTITY})
    if identity != identity.strip():
        raise IdentityNotAllowed(identity, _("it must not begin or end with a space"))
    if any(unicodedata.category(letter)[0] == "C" or letter in "/\u2028\u2029" for letter in identity):
        raise IdentityNotAllowed(identity, _("it must not hold a slash or a character that cannot be shown"))


@dataclass(frozen=True, slots=True)
class Boot:
    """A BootNotification and when it came."""

    station: Station
    said: dict[str, object]
    protocol: str
    at: datetime


def record_boots(boots: list[Boot]) -> None:
    """Keep what stations say they are. Both spellings of the protocols are read: flat in 1.6, nested in 2.x."""
    for boot in boots:
        nested = boot.said.get("chargingStation")
        device = nested if isinstance(nested, dict) else boot.said
        station = boot.station
        station.boot, station.booted_at, station.protocol = boot.said, boot.at, boot.protocol
        station.vendor = _words(device, "vendorName", "chargePointVendor")
        station.model = _words(device, "model", "chargePointModel")
        station.serial = _words(device, "serialNumber", "chargePointSerialNumber", "chargeBoxSerialNumber")
        station.firmware = _words(device, "firmwareVersion")
    rows.change(
        Station,
        ("boot", "booted_at", "protocol", "vendor", "model", "serial", "firmware"),
        [
            (rows.text(one.boot), rows.moment(one.booted_at), one.protocol, *_printed(one))
            for one in (boot.station for boot in boots)
        ],
    )


def _printed(station: Station) -> rows.Row:
    """What its type plate says, and its number here."""
    return station.vendor, station.model, station.serial, station.firmware, station.pk


def _words(device: dict[str, object], *names: str) -> str:
    return next((str(device[name])[:80] for name in names if device.get(name)), "")


def _create(
    identity: str, *, status: Station.Status, profile: int, group: str, simulated: bool, at: datetime
) -> Station:
    home = StationGroup.objects.get_or_create(name=group)[0] if group else None
    try:
        with transaction.atomic():
            return Station.objects.create(
                identity=identity,
                folded=fold(identity),
                group=home,
                status=status,
                status_at=at,
                registered_at=at,
                profile=profile,
                simulated=simulated,
            )
    except IntegrityError as exc:
        raise StationExists(identity) from exc


def knock(identity: str, *, profile: int, at: datetime) -> Station:
    """A station nobody registered, where the installation lets such stations in as far as the hall."""
    check_identity(identity)
    station = _create(identity, status=Station.Status.KNOCKING, profile=profile, group="", simulated=False, at=at)
    subject = station.subject
    logbook.append("audit", "station.knocked", {"profile": profile}, subject=subject, actor=subject, at=at)
    return station


@transaction.atomic
def regroup(station: Station, group: str, *, by: str, at: datetime) -> None:
    """Put a station into a group, which is made where it is new, or into none. Where it is already, it stays."""
    before = station.group.name if station.group else ""
    if before == group:
        return
    home = StationGroup.objects.get_or_create(name=group)[0] if group else None
    Station.objects.filter(pk=station.pk).update(group=home)
    facts = {"before": before, "after": group}
    logbook.append("audit", "station.regrouped", facts, subject=station.subject, actor=by, at=at)
    station.group = home
