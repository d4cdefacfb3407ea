import asyncio

import pytest
from django.contrib.auth.models import AnonymousUser
from django.http import HttpResponse
from django.test import RequestFactory
from django.views import View
from rest_framework.response import Response
from rest_framework.test import APIRequestFactory, force_authenticate
from rest_framework.views import APIView

from console import access, refusals
from console.access import Open, groups_of, needs, public, right_of, signed_in
from console.errors import NotAllowed, status_of
from console.models import Refusal
from console.rights import ROLES, Right, Role, needs_second_factor, reach_of
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.console.urls")]


def ask(user, *, method="GET", at=factories.NOW, factory=RequestFactory):
    request = factory().generic(method, "/stations/?q=1")
    request.user, request.now, request.resolver_match = user, at, None
    return request


def answer(request, *args, **kwargs):
    return HttpResponse("done")


def test_a_right_opens_the_view_only_for_those_who_have_it():
    view = needs(Right.COMMAND_STATIONS)(answer)
    assert view(ask(factories.operator("ada", Role.OPERATOR))).content == b"done"
    with pytest.raises(NotAllowed) as caught:
        view(ask(factories.operator("eve", Role.VIEWER)))
    assert caught.value.right is Right.COMMAND_STATIONS
    assert status_of(caught.value) == 403


def test_a_disabled_person_has_no_right():
    assert not factories.operator("ada", Role.ADMINISTRATOR, is_active=False).may(Right.SEE_CONSOLE)


def test_nobody_is_sent_to_sign_in_and_back():
    response = signed_in(answer)(ask(AnonymousUser()))
    assert response.status_code == 302
    assert response["Location"] == "/account/sign-in/?next=%2Fstations%2F%3Fq%3D1"
    assert signed_in(answer)(ask(AnonymousUser(), method="POST"))["Location"] == "/account/sign-in/"


def test_everybody_may_see_a_public_page():
    assert public(answer)(ask(AnonymousUser())).content == b"done"


def test_async_and_class_based_views_are_guarded_alike():
    @needs(Right.COMMAND_STATIONS)
    class Page(View):
        def get(self, request):
            return HttpResponse("done")

    assert right_of(Page.as_view()) is Right.COMMAND_STATIONS
    assert Page.as_view()(ask(factories.operator("ada", Role.OPERATOR))).content == b"done"
    with pytest.raises(NotAllowed):
        Page.as_view()(ask(factories.operator("eve", Role.VIEWER)))
    assert Page.as_view()(ask(AnonymousUser())).status_code == 302


@pytest.mark.django_db(transaction=True)
def test_an_async_view_is_guarded():
    @needs(Right.COMMAND_STATIONS)
    async def page(request):
        return HttpResponse("done")

    ada, eve = factories.operator("ada", Role.OPERATOR), factories.operator("eve", Role.VIEWER)
    assert asyncio.run(page(ask(ada))).content == b"done"
    with pytest.raises(NotAllowed):
        asyncio.run(page(ask(eve)))
    assert right_of(page) is Right.COMMAND_STATIONS


def test_rest_views_are_guarded_by_the_same_table():
    @needs(Right.READ_BILLING)
    class Sessions(APIView):
        def get(self, request):
            return Response("done")

    def status(person):
        request = ask(person, factory=APIRequestFactory)
        force_authenticate(request, person)
        return Sessions.as_view()(request).status_code

    assert right_of(Sessions.as_view()) is Right.READ_BILLING
    assert status(factories.operator("bill", Role.BILLING)) == 200
    assert status(factories.operator("eve", Role.VIEWER)) == 403
    assert status(None) in {401, 403}
    assert Refusal.objects.get().operator.name == "eve"


def test_a_role_in_a_group_reaches_only_that_group():
    here, there = factories.group(), factories.group()
    ada = factories.operator("ada", Role.OPERATOR, group=here)
    assert groups_of(ada, Right.COMMAND_STATIONS) == {here.pk}
    assert groups_of(ada, Right.MANAGE_PEOPLE) == frozenset()
    bob = factories.operator("bob", Role.VIEWER)
    ada.grants.create(role=Role.VIEWER, group=there)
    ada = type(ada).objects.get(pk=ada.pk)
    assert groups_of(ada, Right.SEE_STATIONS) == {here.pk, there.pk}
    assert groups_of(ada, Right.COMMAND_STATIONS) == {here.pk}
    assert groups_of(bob, Right.SEE_STATIONS) is None


@pytest.mark.parametrize("grants", [[(Role.VIEWER, None), (Role.VIEWER, 1)], [(Role.VIEWER, 1), (Role.VIEWER, None)]])
def test_everywhere_beats_a_group(grants):
    assert reach_of(grants)[Right.SEE_STATIONS] is None


def test_refusals_are_entered_once_a_minute_and_none_is_lost(monkeypatch):
    entries = []
    monkeypatch.setattr("console.audit.enter", lambda kind, **facts: entries.append((kind, facts["payload"])))
    eve = factories.operator("eve", Role.VIEWER)
    for second in (0, 10, 59, 60):
        at = factories.NOW.replace(minute=second // 60, second=second % 60)
        refusals.enter(eve, Right.MANAGE_KEYS, ask(eve, at=at))
    assert [(kind, payload["unentered"]) for kind, payload in entries] == [("access.refused", 0), ("access.refused", 2)]
    assert entries[0][1]["right"] == "manage-keys"


def test_an_auditor_commands_nothing():
    changing = {
        right
        for right in Right
        if right.value.split("-")[0] in {"command", "handle", "manage", "prepare", "approve", "onboard", "enter"}
    }
    assert not ROLES[Role.AUDITOR] & changing


def test_who_can_change_something_needs_a_second_factor():
    assert {role for role in Role if not needs_second_factor({role})} == {Role.VIEWER, Role.BILLING}


def test_a_view_that_says_nothing_has_no_right():
    assert right_of(answer) is None
    assert right_of(public(answer)) is Open.PUBLIC
    assert access.right_of(signed_in(answer)) is Open.SIGNED_IN
