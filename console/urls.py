"""Every address of the console. The name of an address is the name of its view."""

from django.urls import URLPattern, URLResolver

urlpatterns: list[URLPattern | URLResolver] = []
