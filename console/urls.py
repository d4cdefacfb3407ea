"""Every address of the console. The name of an address is the name of its view."""

from django.conf import settings
from django.urls import URLPattern, URLResolver, path

from console.views import about, appearance, design, health, overview, search, system

urlpatterns: list[URLPattern | URLResolver] = [
    path("", overview.overview, name="overview"),
    path("welcome/dismiss/", overview.welcome_dismiss, name="welcome_dismiss"),
    path("search/", search.search, name="search"),
    path("about/", about.about, name="about"),
    path("system/", system.system, name="system"),
    path("livez", health.livez, name="livez"),
    path("readyz", health.readyz, name="readyz"),
    path("metrics", health.metrics_text, name="metrics"),
    path("appearance/theme/", appearance.theme_set, name="theme_set"),
    path("appearance/language/", appearance.language_set, name="language_set"),
]

if settings.DEBUG:
    urlpatterns += [
        path("design/", design.design, name="design"),
        path("design/confirm/", design.design_confirm, name="design_confirm"),
        path("design/error/<int:status>/", design.design_error, name="design_error"),
    ]

handler400 = "console.views.errors.bad_request"
handler403 = "console.views.errors.forbidden"
handler404 = "console.views.errors.not_found"
handler500 = "console.views.errors.fault"
