"""Who may do what: the rights, and the roles that bundle them. The decorators that views carry are in `console.access`.

This file is the only place where a role is tied to a right; `tests/console/test_rights.py` walks every address with
every role against it.
"""

from collections.abc import Iterable
from enum import StrEnum

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Right(StrEnum):
    SEE_CONSOLE = "see-console"  # overview, system, about, search
    SEE_STATIONS = "see-stations"
    COMMAND_STATIONS = "command-stations"
    ONBOARD_STATIONS = "onboard-stations"
    SEE_PERSONAL_DATA = "see-personal-data"  # idTokens, openings of committed fields
    SEE_SECURITY = "see-security"
    HANDLE_SECURITY = "handle-security"  # triage events, revoke, block
    MANAGE_KEYS = "manage-keys"  # keys, certificates, trust anchors
    PREPARE_FIRMWARE = "prepare-firmware"
    APPROVE_FIRMWARE = "approve-firmware"
    SEE_TIME = "see-time"
    MANAGE_TIME = "manage-time"  # sources, policies, thresholds
    SEE_LOGBOOKS = "see-logbooks"
    ENTER_METROLOGY = "enter-metrology"  # entries by hand
    EXPORT_LOGBOOKS = "export-logbooks"
    EXPORT_OPENINGS = "export-openings"  # personal data along with an export
    MANAGE_LOGBOOKS = "manage-logbooks"  # seal keys, witnesses, recovery, erasure
    READ_BILLING = "read-billing"
    SEE_PEOPLE = "see-people"
    MANAGE_PEOPLE = "manage-people"
    MANAGE_SYSTEM = "manage-system"


WORDS = {
    Right.SEE_CONSOLE: _("See the overview, search and the state of the system"),
    Right.SEE_STATIONS: _("See stations and their messages"),
    Right.COMMAND_STATIONS: _("Send commands to stations"),
    Right.ONBOARD_STATIONS: _("Accept and retire stations"),
    Right.SEE_PERSONAL_DATA: _("See personal data such as identification tokens"),
    Right.SEE_SECURITY: _("See certificates, keys and security events"),
    Right.HANDLE_SECURITY: _("Handle security events, revoke, block"),
    Right.MANAGE_KEYS: _("Manage keys, certificates and trust anchors"),
    Right.PREPARE_FIRMWARE: _("Upload firmware and plan its rollout"),
    Right.APPROVE_FIRMWARE: _("Approve firmware"),
    Right.SEE_TIME: _("See time sources and station clocks"),
    Right.MANAGE_TIME: _("Manage time sources, policies and thresholds"),
    Right.SEE_LOGBOOKS: _("Read the log books"),
    Right.ENTER_METROLOGY: _("Make entries in the metrological book by hand"),
    Right.EXPORT_LOGBOOKS: _("Export log books"),
    Right.EXPORT_OPENINGS: _("Export personal data along with a log book"),
    Right.MANAGE_LOGBOOKS: _("Manage seals, witnesses, recovery and erasure"),
    Right.READ_BILLING: _("Read sessions for billing"),
    Right.SEE_PEOPLE: _("See people and roles"),
    Right.MANAGE_PEOPLE: _("Invite people, give and take roles"),
    Right.MANAGE_SYSTEM: _("Change settings of the system"),
}


class Role(TextChoices):
    VIEWER = "viewer", _("Viewer")
    OPERATOR = "operator", _("Operator")
    SECURITY_OFFICER = "security-officer", _("Security officer")
    APPROVER = "approver", _("Approver")
    METROLOGY_OFFICER = "metrology-officer", _("Metrology officer")
    AUDITOR = "auditor", _("Auditor")
    BILLING = "billing", _("Billing")
    ADMINISTRATOR = "administrator", _("Administrator")


_READ = {Right.SEE_CONSOLE, Right.SEE_STATIONS, Right.SEE_SECURITY, Right.SEE_TIME, Right.SEE_LOGBOOKS}
ROLES: dict[Role, set[Right]] = {
    Role.VIEWER: _READ,
    Role.OPERATOR: _READ | {Right.COMMAND_STATIONS, Right.ONBOARD_STATIONS, Right.PREPARE_FIRMWARE},
    Role.SECURITY_OFFICER: _READ
    | {Right.HANDLE_SECURITY, Right.MANAGE_KEYS, Right.ONBOARD_STATIONS, Right.COMMAND_STATIONS, Right.SEE_PEOPLE},
    Role.APPROVER: _READ | {Right.APPROVE_FIRMWARE},
    Role.METROLOGY_OFFICER: _READ
    | {Right.MANAGE_TIME, Right.ENTER_METROLOGY, Right.EXPORT_LOGBOOKS, Right.MANAGE_LOGBOOKS},
    Role.AUDITOR: _READ | {Right.SEE_PEOPLE, Right.SEE_PERSONAL_DATA, Right.EXPORT_LOGBOOKS, Right.EXPORT_OPENINGS},
    Role.BILLING: {Right.READ_BILLING},
    Role.ADMINISTRATOR: set(Right) - {Right.APPROVE_FIRMWARE, Right.EXPORT_OPENINGS, Right.SEE_PERSONAL_DATA},
}
# A role that can change nothing may sign in with one factor; every other needs a second.
HARMLESS = _READ | {Right.READ_BILLING}


def rights_of(roles: set[Role]) -> set[Right]:
    return set().union(*(ROLES[role] for role in roles)) if roles else set()


def reach_of(grants: Iterable[tuple[Role, int | None]]) -> dict[Right, frozenset[int] | None]:
    """Fold grants (role, group id or None for everywhere) into where each right holds; everywhere beats any group."""
    reach: dict[Right, frozenset[int] | None] = {}
    for role, group in grants:
        for right in ROLES[role]:
            before = reach.get(right, frozenset())
            reach[right] = None if group is None or before is None else before | {group}
    return reach


def needs_second_factor(roles: set[Role]) -> bool:
    return not rights_of(roles) <= HARMLESS
