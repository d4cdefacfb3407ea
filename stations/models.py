"""What is known of stations. Each table has one writing module, named in its docstring; everybody may read."""

from datetime import datetime, timedelta

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

LEASE = timedelta(seconds=15)


class StationGroup(models.Model):
    """Stations that belong together: a site, a customer, a region. Roles and policies may be limited to one."""

    name = models.CharField(max_length=80, unique=True)

    def __str__(self) -> str:
        return self.name


class Gateway(models.Model):
    """A gateway process and its last sign of life. `stations.presence` writes it.

    Presence is leased through this row: one update per process and beat, however many stations it holds.
    """

    name = models.CharField(max_length=120, unique=True)
    started_at = models.DateTimeField()
    seen_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return self.name


class StationQuerySet(models.QuerySet["Station"]):
    def connected(self, now: datetime) -> "StationQuerySet":
        return self.filter(presence__gateway__seen_at__gt=now - LEASE)

    def in_groups(self, groups: frozenset[int] | None) -> "StationQuerySet":
        """Only what somebody may see; None is everywhere."""
        return self if groups is None else self.filter(group__in=groups)

    def search(self, text: str) -> "StationQuerySet":
        folded = text.strip().casefold()
        return self.filter(
            Q(folded__contains=folded)
            | Q(serial__icontains=text)
            | Q(vendor__icontains=text)
            | Q(model__icontains=text)
        )


class Station(models.Model):
    """One charging station. `registry`, `onboarding` and `presence` write it."""

    class Status(models.TextChoices):
        KNOCKING = "knocking", _("Knocking")
        PENDING = "pending", _("Pending")
        KEYED = "keyed", _("Keyed")
        ACCEPTED = "accepted", _("Accepted")
        RESTRICTED = "restricted", _("Restricted")
        REJECTED = "rejected", _("Rejected")
        BLOCKED = "blocked", _("Blocked")
        RETIRED = "retired", _("Retired")

    identity = models.CharField(max_length=255)
    # Two spellings of one identity are one station; the spelling of the registration is the one that is shown.
    folded = models.CharField(max_length=255, unique=True)
    group = models.ForeignKey(StationGroup, on_delete=models.SET_NULL, null=True, blank=True, related_name="stations")
    status = models.CharField(max_length=12, choices=Status, db_index=True)
    status_reason = models.CharField(max_length=200, blank=True)
    status_at = models.DateTimeField()
    registered_at = models.DateTimeField()
    profile = models.PositiveSmallIntegerField()
    protocol = models.CharField(max_length=12, blank=True)  # the last one spoken
    vendor = models.CharField(max_length=80, blank=True)
    model = models.CharField(max_length=80, blank=True)
    serial = models.CharField(max_length=80, blank=True, db_index=True)
    firmware = models.CharField(max_length=80, blank=True)
    boot = models.JSONField(default=dict)  # the last BootNotification, as it came
    booted_at = models.DateTimeField(null=True)
    last_seen = models.DateTimeField(null=True)  # by our clock, refreshed now and then
    simulated = models.BooleanField(default=False)
    # Per-station settings; None means the installation's own.
    heartbeat_s = models.PositiveIntegerField(null=True)
    ping_s = models.PositiveIntegerField(null=True)
    call_timeout_s = models.PositiveIntegerField(null=True)
    tolerances = models.JSONField(default=list)
    assume_protocol = models.CharField(max_length=12, blank=True)
    key_before_accept = models.BooleanField(default=True)

    objects = StationQuerySet.as_manager()

    class Meta:
        ordering = ["folded"]
        constraints = [models.CheckConstraint(condition=Q(profile__in=[1, 2, 3]), name="profile_is_1_2_or_3")]

    def __str__(self) -> str:
        return self.identity

    @property
    def subject(self) -> str:
        """How log entries name this station."""
        return f"station:{self.identity}"


class Presence(models.Model):
    """The open connection of a station; holds while its gateway's lease does. `presence` writes it."""

    station = models.OneToOneField(Station, on_delete=models.CASCADE, related_name="presence")
    gateway = models.ForeignKey(Gateway, on_delete=models.CASCADE, related_name="connections")
    connection = models.CharField(max_length=32)
    since = models.DateTimeField()
    peer = models.CharField(max_length=64)
    profile = models.PositiveSmallIntegerField()
    protocol = models.CharField(max_length=12)
    tls = models.JSONField(default=dict)

    def __str__(self) -> str:
        return f"{self.station.identity} at {self.gateway.name}"


class StationKey(models.Model):
    """A Basic password of a station, as a hash only. `credentials` writes it.

    At most one is on its way (proposed, told, in doubt) and at most one is current (confirmed, settled).
    """

    class State(models.TextChoices):
        PROPOSED = "proposed", _("Proposed")
        TOLD = "told", _("Told")
        IN_DOUBT = "in-doubt", _("In doubt")
        CONFIRMED = "confirmed", _("Confirmed")
        SETTLED = "settled", _("Settled")
        FAILED = "failed", _("Failed")
        REPLACED = "replaced", _("Replaced")

    UNDER_WAY = (State.PROPOSED, State.TOLD, State.IN_DOUBT)
    CURRENT = (State.CONFIRMED, State.SETTLED)

    station = models.ForeignKey(Station, on_delete=models.CASCADE, related_name="keys")
    hashed = models.CharField(max_length=200)
    state = models.CharField(max_length=10, choices=State)
    made_by = models.CharField(max_length=100)
    made_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    from_manufacturer = models.BooleanField(default=False)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["station"],
                condition=Q(state__in=["proposed", "told", "in-doubt"]),
                name="one_key_under_way_per_station",
            ),
            models.UniqueConstraint(
                fields=["station"], condition=Q(state__in=["confirmed", "settled"]), name="one_current_key_per_station"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.station.identity}: {self.state}"


class Attempt(models.Model):
    """A handshake that was refused, or one that knocked. `knocking` writes it.

    Equal attempts in a row share a line and count up, so that one stubborn station cannot fill the table.
    """

    first_at = models.DateTimeField()
    last_at = models.DateTimeField(db_index=True)
    count = models.PositiveIntegerField(default=1)
    profile = models.PositiveSmallIntegerField()
    address = models.CharField(max_length=64)
    identity = models.CharField(max_length=255, blank=True, db_index=True)
    reason = models.CharField(max_length=40)
    facts = models.JSONField(default=dict)

    class Meta:
        ordering = ["-last_at", "-id"]

    def __str__(self) -> str:
        return f"{self.identity or self.address}: {self.reason}"


class Message(models.Model):
    """A frame that went over the wire, redacted before it was written. `messages` writes it, in bulk."""

    class Direction(models.TextChoices):
        IN = "in", _("from the station")
        OUT = "out", _("to the station")

    station = models.ForeignKey(Station, on_delete=models.CASCADE, related_name="messages")
    at = models.DateTimeField()
    direction = models.CharField(max_length=3, choices=Direction)
    kind = models.CharField(max_length=8)  # call, result, error, send, stray
    action = models.CharField(max_length=64)
    message_id = models.CharField(max_length=64)
    payload = models.TextField()
    size = models.PositiveIntegerField()
    latency_ms = models.PositiveIntegerField(null=True)
    finding = models.CharField(max_length=200, blank=True)

    class Meta:
        indexes = [models.Index(fields=["station", "-id"], name="messages_of_station")]

    def __str__(self) -> str:
        return f"{self.action} {self.message_id}"


class Command(models.Model):
    """A call of ours to a station; the row is the queue. `commands` writes it."""

    class State(models.TextChoices):
        QUEUED = "queued", _("Queued")
        SENT = "sent", _("Sent")
        ANSWERED = "answered", _("Answered")
        REFUSED = "refused", _("Refused")
        TIMED_OUT = "timed-out", _("Timed out")
        EXPIRED = "expired", _("Expired")
        UNKNOWN = "unknown", _("Unknown")

    OPEN = (State.QUEUED, State.SENT)

    station = models.ForeignKey(Station, on_delete=models.CASCADE, related_name="commands")
    action = models.CharField(max_length=64)
    payload = models.JSONField()  # redacted; what it hides is in `sealed` until it was sent
    sealed = models.BinaryField(null=True)
    state = models.CharField(max_length=10, choices=State)
    by = models.CharField(max_length=100)
    purpose = models.CharField(max_length=40, blank=True)  # whose verb hears of the result
    reference = models.CharField(max_length=40, blank=True)
    idempotent = models.BooleanField(default=False)
    attempts = models.PositiveSmallIntegerField(default=0)
    message_id = models.CharField(max_length=36, blank=True)
    connection = models.CharField(max_length=32, blank=True)
    queued_at = models.DateTimeField()
    deadline = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    settled_at = models.DateTimeField(null=True)
    answer = models.JSONField(null=True)
    job = models.ForeignKey("CommandJob", on_delete=models.SET_NULL, null=True, related_name="commands")

    class Meta:
        ordering = ["id"]
        indexes = [models.Index(fields=["station", "id"], condition=Q(state="queued"), name="commands_waiting")]

    def __str__(self) -> str:
        return f"{self.action} to {self.station.identity}: {self.state}"


class CommandJob(models.Model):
    """One command to many stations, in waves. `jobs` writes it."""

    action = models.CharField(max_length=64)
    payload = models.JSONField()
    by = models.CharField(max_length=100)
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    wave_size = models.PositiveIntegerField()
    stop_at_percent = models.PositiveSmallIntegerField()
    waiting = models.JSONField(default=list)  # ids of stations whose wave has not come
    stopped_because = models.CharField(max_length=200, blank=True)

    def __str__(self) -> str:
        return f"{self.action}, started {self.started_at:%Y-%m-%d %H:%M}"


class ConnectorStatus(models.Model):
    """What a connector said last. `telemetry` writes it."""

    station = models.ForeignKey(Station, on_delete=models.CASCADE, related_name="connectors")
    evse = models.PositiveIntegerField()
    connector = models.PositiveIntegerField()
    status = models.CharField(max_length=40)
    detail = models.JSONField(default=dict)
    said_at = models.DateTimeField(null=True)
    received_at = models.DateTimeField()

    class Meta:
        ordering = ["evse", "connector"]
        constraints = [
            models.UniqueConstraint(fields=["station", "evse", "connector"], name="one_status_per_connector")
        ]

    def __str__(self) -> str:
        return f"{self.station.identity} {self.evse}/{self.connector}: {self.status}"


class Session(models.Model):
    """A charging session. `sessions` writes it. `said` times are the station's words, `received` ours."""

    station = models.ForeignKey(Station, on_delete=models.CASCADE, related_name="sessions")
    # What station and console call it: our number as text for 1.6, the station's own id for 2.x.
    transaction = models.CharField(max_length=64)
    evse = models.PositiveIntegerField(null=True)
    connector = models.PositiveIntegerField(null=True)
    token = models.CharField(max_length=64, blank=True)
    # Equal for a start that is sent again, so that it gets the same number again.
    start_digest = models.CharField(max_length=64, blank=True)
    start_said = models.DateTimeField(null=True)
    start_received = models.DateTimeField()
    start_wh = models.BigIntegerField(null=True)
    stop_said = models.DateTimeField(null=True)
    stop_received = models.DateTimeField(null=True)
    stop_wh = models.BigIntegerField(null=True)
    stop_reason = models.CharField(max_length=40, blank=True)
    # A stop whose start never came: kept and shown, never thrown away.
    unmatched = models.BooleanField(default=False)
    detail = models.JSONField(default=dict)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["station", "transaction"], condition=Q(unmatched=False), name="one_session_per_transaction"
            )
        ]
        indexes = [
            models.Index(fields=["station", "start_digest"], name="sessions_by_start"),
            models.Index(fields=["station", "-id"], name="sessions_of_station"),
        ]

    def __str__(self) -> str:
        return f"{self.station.identity} {self.transaction}"


class SessionNumber(models.Model):
    """The last number given to a 1.6 transaction: unique in the installation, within 31 bits. `sessions` writes it."""

    last = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return str(self.last)


class Reading(models.Model):
    """Meter values as they came, one row a message. `telemetry` writes it, in bulk."""

    station = models.ForeignKey(Station, on_delete=models.CASCADE, related_name="readings")
    transaction = models.CharField(max_length=64, blank=True)
    evse = models.PositiveIntegerField(null=True)
    received_at = models.DateTimeField()
    values = models.JSONField()

    class Meta:
        indexes = [models.Index(fields=["station", "-id"], name="readings_of_station")]

    def __str__(self) -> str:
        return f"{self.station.identity} {self.received_at:%Y-%m-%d %H:%M:%S}"


class Report(models.Model):
    """Whatever else a station says, kept whole for the rooms that will work with it. `telemetry` writes it."""

    station = models.ForeignKey(Station, on_delete=models.CASCADE, related_name="reports")
    action = models.CharField(max_length=64)
    received_at = models.DateTimeField()
    payload = models.JSONField()

    class Meta:
        indexes = [models.Index(fields=["station", "action", "-id"], name="reports_of_station")]

    def __str__(self) -> str:
        return f"{self.station.identity}: {self.action}"


class Setting(models.Model):
    """A configuration key (1.6) or variable (2.x) as the station last told it. `variables` writes it."""

    station = models.ForeignKey(Station, on_delete=models.CASCADE, related_name="settings")
    name = models.CharField(max_length=200)
    value = models.TextField(null=True, blank=True)  # noqa: DJ001 - None: told without a value, or write-only
    read_only = models.BooleanField(default=False)
    told_at = models.DateTimeField()

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["station", "name"], name="one_value_per_setting")]

    def __str__(self) -> str:
        return f"{self.station.identity} {self.name}"
