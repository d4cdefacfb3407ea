"""Links that sign in once: for the first administrator, for invitations, for whoever has lost the password."""

import hashlib
import secrets
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction

from console import audit
from console.errors import LinkRefused
from console.models import Operator, SignInLink

LIFE = {
    SignInLink.Purpose.SIGN_IN: timedelta(minutes=15),
    SignInLink.Purpose.INVITATION: timedelta(days=7),
}
VISITOR = "visitor"


@transaction.atomic
def issue(
    operator: Operator, *, by: str, at: datetime, purpose: SignInLink.Purpose = SignInLink.Purpose.SIGN_IN
) -> str:
    """Make a link and return its address, which nobody can ever see again. Earlier unused links of this person die."""
    if not operator.is_active:
        raise LinkRefused("disabled")
    token = secrets.token_urlsafe(32)
    operator.links.filter(used_at=None, withdrawn_at=None).update(withdrawn_at=at)
    SignInLink.objects.create(
        operator=operator,
        purpose=purpose,
        token_hash=_hash(token),
        created_by=by,
        created_at=at,
        expires_at=at + LIFE[purpose],
    )
    minutes = int(LIFE[purpose].total_seconds()) // 60
    facts = {"purpose": purpose.value, "minutes": minutes}
    audit.enter("link.issued", subject=operator.actor, actor=by, at=at, payload=facts)
    return f"{settings.CONSOLE_URL}/account/link/{token}/"


def look_at(token: str, *, at: datetime) -> SignInLink:
    """The link, still unused: what the page shows before somebody presses the button. Raise LinkRefused."""
    link = SignInLink.objects.select_related("operator").filter(token_hash=_hash(token)).first()
    if link is None:
        raise LinkRefused("unknown")
    if reason := _reason_against(link, at):
        raise LinkRefused(reason)
    return link


def open_invitation(person: Operator, *, at: datetime) -> SignInLink | None:
    """The link that this person has not used yet and still can."""
    return person.links.filter(used_at=None, withdrawn_at=None, expires_at__gt=at).first()


def redeem(token: str, *, at: datetime) -> SignInLink:
    """Use the link up. Raise LinkRefused, entered in the audit trail, where it is not good (any more)."""
    try:
        return _use_up(token, at=at)
    except LinkRefused as refused:
        enter_refusal(token, refused, at=at)
        raise


@transaction.atomic
def _use_up(token: str, *, at: datetime) -> SignInLink:
    link = look_at(token, at=at)
    # Whoever writes the row first has it; a second click at the same moment changes nothing and is refused.
    if SignInLink.objects.filter(pk=link.pk, used_at=None, withdrawn_at=None).update(used_at=at) != 1:
        raise LinkRefused("used")
    person = link.operator
    audit.enter("link.used", subject=person.actor, actor=person.actor, at=at, payload={"purpose": link.purpose})
    return link


@transaction.atomic
def enter_refusal(token: str, refused: LinkRefused, *, at: datetime) -> None:
    link = SignInLink.objects.select_related("operator").filter(token_hash=_hash(token)).first()
    subject = link.operator.actor if link else "sign-in-link"
    audit.enter("link.refused", subject=subject, actor=VISITOR, at=at, payload={"reason": refused.reason})


def _reason_against(link: SignInLink, at: datetime) -> str:
    if not link.operator.is_active:
        return "disabled"
    if link.used_at:
        return "used"
    if link.withdrawn_at:
        return "withdrawn"
    return "expired" if at >= link.expires_at else ""


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
