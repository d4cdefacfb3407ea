"""Every address of the console. The name of an address is the name of its view."""

from django.conf import settings
from django.urls import URLPattern, URLResolver, path

from console.views import appearance, design, overview

urlpatterns: list[URLPattern | URLResolver] = [
    path("", overview.overview, name="overview"),
    path("appearance/theme/", appearance.theme_set, name="theme_set"),
    path("appearance/language/", appearance.language_set, name="language_set"),
]

if settings.DEBUG:
    urlpatterns += [path("design/", design.design, name="design")]
