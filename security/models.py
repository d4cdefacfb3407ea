"""The log books and what is held about them. Writers: `logbook` (books, entries, tiles, openings), `sealing`
(checkpoints, alarms), `keys` (key history), `anchoring` (anchors, errands), `exporting` and `checking` (their jobs).

Entry, Tile, Checkpoint, Anchor and Book carry database triggers (`security.guards`): they only ever grow.
"""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _


class Book(models.Model):
    """One log book and the head of its tree. `edge` are the hashes of `merkle.tree.Edge` at `size`, joined."""

    class State(models.TextChoices):
        OPEN = "open", _("Open")
        READ_ONLY = "read-only", _("Read-only")
        CLOSED = "closed", _("Closed")

    name = models.CharField(max_length=64, unique=True)
    origin = models.CharField(max_length=200, unique=True)
    purpose = models.CharField(max_length=200)
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    size = models.BigIntegerField(default=0)
    edge = models.BinaryField(default=b"")
    # The wall time of the newest entry: an earlier one after it is a clock that went backwards. None before entry 0.
    last_at = models.DateTimeField(null=True)
    opened_at = models.DateTimeField()
    successor = models.OneToOneField(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="predecessor"
    )

    def __str__(self) -> str:
        return self.name


class Entry(models.Model):
    """`line` is the truth; every column after `leaf` repeats a part of it for searching, and can be built again."""

    pk = models.CompositePrimaryKey("book_id", "sequence")
    book = models.ForeignKey(Book, on_delete=models.PROTECT, db_index=False, related_name="entries")
    sequence = models.BigIntegerField()
    line = models.BinaryField()
    leaf = models.BinaryField(max_length=32)
    kind = models.CharField(max_length=64)
    subject = models.CharField(max_length=200)
    actor = models.CharField(max_length=200)
    at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "entries"
        indexes: ClassVar = [
            models.Index(fields=["book", "kind", "sequence"], name="entry_by_kind"),
            models.Index(fields=["book", "subject", "sequence"], name="entry_by_subject"),
        ]

    def __str__(self) -> str:
        return f"{self.book_id}/{self.sequence} {self.kind}"


class Tile(models.Model):
    """A full tile of 256 hashes, written once; `root` is its hash, which is one hash of a tile of the next level."""

    pk = models.CompositePrimaryKey("book_id", "level", "number")
    book = models.ForeignKey(Book, on_delete=models.PROTECT, db_index=False, related_name="tiles")
    level = models.SmallIntegerField()
    number = models.BigIntegerField()
    body = models.BinaryField(max_length=8192)
    root = models.BinaryField(max_length=32)

    def __str__(self) -> str:
        return f"{self.book_id}/{self.level}/{self.number}"


class Checkpoint(models.Model):
    """A seal: the signed note over the first `size` entries, as published. Cosignatures come beside it as anchors."""

    book = models.ForeignKey(Book, on_delete=models.PROTECT, related_name="checkpoints")
    size = models.BigIntegerField()
    root = models.BinaryField(max_length=32)
    edge = models.BinaryField()
    note = models.TextField()
    sealed_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["book", "size"], name="one_checkpoint_per_size")]

    def __str__(self) -> str:
        return f"{self.book_id} at {self.size}"


class AnchorKind(models.TextChoices):
    WITNESS = "witness", _("Witness")
    TIMESTAMP = "timestamp", _("Time stamp")


class Anchor(models.Model):
    """What somebody else said about a checkpoint: a witness's signature line, or a raw time stamp answer."""

    checkpoint = models.ForeignKey(Checkpoint, on_delete=models.PROTECT, related_name="anchors")
    kind = models.CharField(max_length=10, choices=AnchorKind)
    name = models.CharField(max_length=200)
    body = models.BinaryField()
    # The time that the witness or authority states.
    stated_at = models.DateTimeField()
    received_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.kind} {self.name}"


class Witness(models.Model):
    """Somebody who cosigns our checkpoints. `url` is the submission prefix of tlog-witness."""

    name = models.CharField(max_length=120, unique=True)
    vkey = models.CharField(max_length=300)
    url = models.URLField(max_length=300)
    is_asked = models.BooleanField(default=True)
    added_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "witnesses"

    def __str__(self) -> str:
        return self.name


class TimestampAuthority(models.Model):
    """An RFC 3161 authority. `chain` is the PEM that its tokens are checked against; without `url` it is our own."""

    name = models.CharField(max_length=120, unique=True)
    url = models.URLField(max_length=300, blank=True)
    chain = models.TextField()
    # Seconds between two time stamps of one book: authorities charge for them, so not every seal gets one.
    interval_s = models.PositiveIntegerField(default=3600)
    is_asked = models.BooleanField(default=True)
    added_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "timestamp authorities"

    def __str__(self) -> str:
        return self.name


class Errand(models.Model):
    """Something to fetch for a checkpoint from a witness or a time stamp authority; the row is the queue."""

    class Status(models.TextChoices):
        DUE = "due", _("Due")
        DONE = "done", _("Done")
        SUPERSEDED = "superseded", _("Superseded")

    checkpoint = models.ForeignKey(Checkpoint, on_delete=models.PROTECT, related_name="errands")
    kind = models.CharField(max_length=10, choices=AnchorKind)
    name = models.CharField(max_length=200)
    status = models.CharField(max_length=10, choices=Status, default=Status.DUE)
    attempts = models.PositiveIntegerField(default=0)
    due_at = models.DateTimeField()
    last_error = models.CharField(max_length=300, blank=True)
    changed_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["checkpoint", "kind", "name"], name="one_errand_per_target")
        ]
        indexes: ClassVar = [models.Index(fields=["status", "due_at"], name="errands_due")]

    def __str__(self) -> str:
        return f"{self.kind} {self.name} {self.status}"


class LogKey(models.Model):
    """The history of a book's signing keys, as the entries of the book tell it. The private part is never here."""

    class State(models.TextChoices):
        CURRENT = "current", _("Signs")
        RETIRING = "retiring", _("Signs once more")
        RETIRED = "retired", _("Retired")
        REVOKED = "revoked", _("Revoked")

    book = models.ForeignKey(Book, on_delete=models.PROTECT, related_name="keys")
    vkey = models.CharField(max_length=400, unique=True)
    state = models.CharField(max_length=10, choices=State)
    introduced_at = models.DateTimeField()
    introduced_in = models.BigIntegerField()
    ended_at = models.DateTimeField(null=True, blank=True)
    # The entry that retired or revoked it.
    ended_in = models.BigIntegerField(null=True, blank=True)

    def __str__(self) -> str:
        return self.vkey


class Opening(models.Model):
    """What a commitment in an entry stands for. The only table of the log books that forgets."""

    book = models.ForeignKey(Book, on_delete=models.PROTECT, related_name="openings")
    sequence = models.BigIntegerField()
    field = models.CharField(max_length=64)
    salt = models.BinaryField(max_length=32)
    value = models.TextField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["book", "sequence", "field"], name="one_opening_per_field")
        ]

    def __str__(self) -> str:
        return f"{self.book_id}/{self.sequence} {self.field}"


class Alarm(models.Model):
    """Something is wrong with a book, and stays on every page until somebody has settled it."""

    book = models.ForeignKey(Book, on_delete=models.PROTECT, related_name="alarms")
    code = models.CharField(max_length=64)
    detail = models.TextField()
    raised_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.book_id} {self.code}"


class JobStatus(models.TextChoices):
    WAITING = "waiting", _("Waiting")
    RUNNING = "running", _("Running")
    DONE = "done", _("Done")
    FAILED = "failed", _("Failed")


class Job(models.Model):
    """What the two long jobs share: who asked, how far it is."""

    book = models.ForeignKey(Book, on_delete=models.PROTECT, related_name="%(class)ss")
    status = models.CharField(max_length=10, choices=JobStatus, default=JobStatus.WAITING)
    asked_by = models.CharField(max_length=200)
    asked_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    done = models.BigIntegerField(default=0)
    total = models.BigIntegerField(default=0)
    error = models.CharField(max_length=500, blank=True)

    class Meta:
        abstract = True


class Check(Job):
    """A whole book checked from its stored bytes. `findings` is empty where nothing is wrong."""

    verdict = models.CharField(max_length=10, blank=True)
    findings = models.JSONField(default=list)

    def __str__(self) -> str:
        return f"{self.book_id} {self.verdict or self.status}"


class Export(Job):
    """A bundle made for somebody. `first` and `last` are None where the export begins or ends with the book."""

    first = models.BigIntegerField(null=True, blank=True)
    last = models.BigIntegerField(null=True, blank=True)
    subject = models.CharField(max_length=200, blank=True)
    with_openings = models.BooleanField(default=False)
    file = models.CharField(max_length=300, blank=True)
    sha256 = models.CharField(max_length=64, blank=True)
    entries = models.BigIntegerField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.book_id} {self.file or self.status}"


class TrustAnchor(models.Model):
    """A certificate of an authority that is believed for one purpose. `security.pki.anchors` writes it."""

    class Purpose(models.TextChoices):
        STATIONS = "stations", _("Stations")
        FIRMWARE = "firmware", _("Firmware")
        TIME = "time", _("Time sources")
        SERVERS = "servers", _("Servers")

    purpose = models.CharField(max_length=10, choices=Purpose)
    group = models.CharField(max_length=80, blank=True)
    fingerprint = models.CharField(max_length=64)
    subject = models.CharField(max_length=255)
    not_after = models.DateTimeField()
    pem = models.TextField()
    crl = models.TextField(blank=True)  # the authority's revocation list, PEM
    added_by = models.CharField(max_length=100)
    changed_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["purpose", "group", "fingerprint"], name="one_anchor_per_purpose_and_group")
        ]

    def __str__(self) -> str:
        return f"{self.purpose}: {self.subject}"


class Certificate(models.Model):
    """A certificate that was issued here, or installed for a listener. `security.pki` writes it."""

    class Purpose(models.TextChoices):
        STATION = "station", _("Station")
        SERVER = "server", _("Listener")

    purpose = models.CharField(max_length=10, choices=Purpose)
    owner = models.CharField(max_length=200)  # as log entries name it, such as station:E1
    fingerprint = models.CharField(max_length=64, unique=True)
    serial = models.CharField(max_length=40, db_index=True)
    subject = models.CharField(max_length=255)
    issuer = models.CharField(max_length=255)
    not_before = models.DateTimeField()
    not_after = models.DateTimeField()
    pem = models.TextField()
    issued_here = models.BooleanField()
    made_by = models.CharField(max_length=100)
    changed_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
    reason = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering: ClassVar = ["-pk"]

    def __str__(self) -> str:
        return f"{self.owner}: {self.serial}"
