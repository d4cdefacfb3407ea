"""Who may come in by single sign-on: a person whose account there is known here, or who was invited by that e-mail."""

from collections.abc import Iterable
from datetime import datetime

from allauth.socialaccount.models import SocialAccount
from django.db import transaction

from console import audit
from console.accounts.links import VISITOR
from console.errors import NotInvited
from console.models import Operator


def recognise(*, issuer: str, subject: str, verified: Iterable[str], at: datetime) -> Operator:
    """Return the person with the stored subject, or tie the subject to whoever was invited by a verified e-mail.

    The subject is what counts afterwards: an address may pass to somebody else, a subject never does.
    """
    known = SocialAccount.objects.select_related("user").filter(provider=issuer, uid=subject).first()
    person = known.user if known else _tie(issuer, subject, list(verified), at=at)
    if person is None or not person.is_active:
        _enter_refusal(at=at)
        raise NotInvited
    found: Operator = person
    return found


@transaction.atomic
def _tie(issuer: str, subject: str, verified: list[str], *, at: datetime) -> Operator | None:
    for email in filter(None, verified):
        person = Operator.objects.filter(email__iexact=email, is_active=True).first()
        if person and not SocialAccount.objects.filter(user=person, provider=issuer).exists():
            SocialAccount.objects.create(user=person, provider=issuer, uid=subject, extra_data={})
            audit.enter("single-sign-on.tied", subject=person.actor, actor=person.actor, at=at)
            return person
    return None


@transaction.atomic
def _enter_refusal(*, at: datetime) -> None:
    facts = {"method": "single-sign-on", "reason": "not-invited"}
    audit.enter("sign-in.failed", subject="sign-in", actor=VISITOR, at=at, payload=facts)
