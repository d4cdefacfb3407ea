"""People, and what they may do. `console.accounts` is the only writer."""

from collections.abc import Mapping
from functools import cached_property

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from console.agents import summary_of
from console.rights import Right, Role, reach_of
from stations.models import StationGroup


class Operator(AbstractBaseUser):
    """A person who uses the console. `name` is what the audit trail calls them, so it never changes."""

    class Theme(models.TextChoices):
        SYSTEM = "", _("System")
        LIGHT = "light", _("Light")
        DARK = "dark", _("Dark")

    name = models.CharField(_("name"), max_length=64, unique=True)
    full_name = models.CharField(_("full name"), max_length=120, blank=True)
    email = models.EmailField(_("e-mail"), blank=True)
    is_active = models.BooleanField(_("may sign in"), default=True)
    created_at = models.DateTimeField(_("added"))
    theme = models.CharField(max_length=5, choices=Theme, blank=True)
    language = models.CharField(max_length=5, blank=True)
    zone = models.CharField(_("time zone"), max_length=64, blank=True)
    single_keys = models.BooleanField(_("single-key shortcuts"), default=True)

    USERNAME_FIELD = "name"
    EMAIL_FIELD = "email"

    objects = BaseUserManager()

    class Meta:
        constraints = [
            # One may sign in by e-mail, so it must name one person; many may have none.
            models.UniqueConstraint(Lower("email"), condition=~models.Q(email=""), name="one_person_per_email")
        ]

    def __str__(self) -> str:
        return self.full_name or self.name

    @property
    def actor(self) -> str:
        """How log entries name this person."""
        return f"operator:{self.name}"

    @cached_property
    def reach(self) -> Mapping[Right, frozenset[int] | None]:
        """Each right this person has, and where: None everywhere, else in the station groups with these ids."""
        if not self.is_active:
            return {}
        return reach_of((Role(grant.role), grant.group_id) for grant in self.held)

    @cached_property
    def held(self) -> "list[RoleGrant]":
        """The grants, read once per request."""
        return list(self.grants.all())

    @property
    def roles(self) -> set[Role]:
        return {Role(grant.role) for grant in self.held}

    def may(self, right: Right) -> bool:
        """Whether this person has the right at all; where, is for the query to say (`access.groups_of`)."""
        return right in self.reach


class Refusal(models.Model):
    """What one person was last refused: bounds how often the audit trail tells of it, and counts the rest."""

    operator = models.ForeignKey(Operator, on_delete=models.CASCADE)
    view = models.CharField(max_length=120)
    entered_at = models.DateTimeField()
    unentered = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["operator", "view"], name="one_refusal_per_view")]

    def __str__(self) -> str:
        return f"{self.operator_id}: {self.view}"


class RoleGrant(models.Model):
    """One role of one person; `group` None means everywhere, else only the stations of that group."""

    operator = models.ForeignKey(Operator, on_delete=models.CASCADE, related_name="grants")
    role = models.CharField(max_length=24, choices=Role)
    group = models.ForeignKey(StationGroup, on_delete=models.CASCADE, null=True, blank=True)

    class Meta:
        constraints = [
            # Two, for SQLite holds two empty groups for different ones.
            models.UniqueConstraint(
                fields=["operator", "role", "group"],
                condition=models.Q(group__isnull=False),
                name="one_grant_per_role_and_group",
            ),
            models.UniqueConstraint(
                fields=["operator", "role"], condition=models.Q(group__isnull=True), name="one_grant_everywhere"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.operator.name}: {self.role}"


class Process(models.Model):
    """One place in the process tree, and who fills it now. `console.life` is the only writer."""

    class State(models.TextChoices):
        STARTING = "starting", _("Starting")
        RUNNING = "running", _("Running")
        STOPPED = "stopped", _("Stopped")
        FAILED = "failed", _("Failed")

    name = models.CharField(max_length=40)
    host = models.CharField(max_length=120)
    pid = models.PositiveBigIntegerField()
    version = models.CharField(max_length=24)
    state = models.CharField(max_length=8, choices=State)
    started_at = models.DateTimeField()
    seen_at = models.DateTimeField()
    restarts = models.PositiveIntegerField(default=0)
    note = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["host", "name"]
        constraints = [models.UniqueConstraint(fields=["host", "name"], name="one_process_per_place")]

    def __str__(self) -> str:
        return f"{self.name} on {self.host}"


class SignInLink(models.Model):
    """A link that signs in once. Only its hash is kept, so a copy of the database opens no door."""

    class Purpose(models.TextChoices):
        SIGN_IN = "sign-in", _("Sign-in link")
        INVITATION = "invitation", _("Invitation")

    operator = models.ForeignKey(Operator, on_delete=models.CASCADE, related_name="links")
    purpose = models.CharField(max_length=12, choices=Purpose)
    token_hash = models.CharField(max_length=64, unique=True)
    created_by = models.CharField(max_length=80)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)
    withdrawn_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.operator_id}: {self.purpose}"


class Attempts(models.Model):
    """How often somebody guessed at one account or from one address. In rows, so that a restart forgives nothing."""

    key = models.CharField(max_length=100, primary_key=True)
    count = models.PositiveIntegerField(default=0)
    rounds = models.PositiveIntegerField(default=0)
    last_at = models.DateTimeField()
    locked_until = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.key


class OperatorSession(models.Model):
    """One browser in which a person is signed in, as they see it among their sessions."""

    operator = models.ForeignKey(Operator, on_delete=models.CASCADE, related_name="sessions")
    key = models.CharField(max_length=40, unique=True)
    method = models.CharField(max_length=24)
    address = models.CharField(max_length=45, blank=True)
    agent = models.CharField(max_length=300, blank=True)
    began_at = models.DateTimeField()
    seen_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.operator_id}: {self.browser}"

    @property
    def browser(self) -> str:
        """Such as `Firefox, Linux`: enough to know one's own browser by."""
        return summary_of(self.agent)


class ApiToken(models.Model):
    """A key for programs. Scopes are rights; only the hash is kept, and `hint` tells tokens apart in a list."""

    label = models.CharField(max_length=80)
    hint = models.CharField(max_length=12)
    token_hash = models.CharField(max_length=64, unique=True)
    scopes = models.JSONField(default=list)
    created_by = models.CharField(max_length=80)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)
    last_used_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.label} ({self.hint}…)"


class SavedView(models.Model):
    """A name for the filters of a list. `console.saved_views` is the only writer."""

    owner = models.ForeignKey(Operator, on_delete=models.CASCADE, related_name="views")
    page = models.CharField(max_length=40)  # the name of the address
    name = models.CharField(max_length=40)
    query = models.CharField(max_length=1000, blank=True)
    is_shared = models.BooleanField(default=False)
    saved_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["owner", "page", "name"], name="one_view_per_name")]

    def __str__(self) -> str:
        return self.name
