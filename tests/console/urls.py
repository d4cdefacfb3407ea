"""The few addresses that the guard itself needs."""

from django.http import HttpResponse
from django.urls import path

urlpatterns = [path("account/sign-in/", lambda request: HttpResponse(), name="sign_in")]
