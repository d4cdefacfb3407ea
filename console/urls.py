"""Every address of the console. The name of an address is the name of its view."""

from django.conf import settings
from django.urls import URLPattern, URLResolver, path

from console.views import about, appearance, design, health, log_tiles, logbooks, overview, search, system

urlpatterns: list[URLPattern | URLResolver] = [
    path("", overview.overview, name="overview"),
    path("welcome/dismiss/", overview.welcome_dismiss, name="welcome_dismiss"),
    path("search/", search.search, name="search"),
    path("about/", about.about, name="about"),
    path("system/", system.system, name="system"),
    path("livez", health.livez, name="livez"),
    path("readyz", health.readyz, name="readyz"),
    path("metrics", health.metrics_text, name="metrics"),
    path("logbooks/", logbooks.logbooks, name="logbooks"),
    path("logbooks/<slug:book>/", logbooks.logbook_entries, name="logbook_entries"),
    path("logbooks/<slug:book>/<int:sequence>/", logbooks.logbook_entry, name="logbook_entry"),
    path("logbooks/<slug:book>/keys/", logbooks.logbook_keys, name="logbook_keys"),
    path("logbooks/<slug:book>/keys/rotate/", logbooks.logbook_rotate_key, name="logbook_rotate_key"),
    path("logbooks/<slug:book>/trust/", logbooks.logbook_trust, name="logbook_trust"),
    path("logbooks/<slug:book>/policy.txt", logbooks.logbook_policy, name="logbook_policy"),
    path("logbooks/<slug:book>/seal/", logbooks.logbook_seal, name="logbook_seal"),
    path("logbooks/<slug:book>/verify/", logbooks.logbook_verify, name="logbook_verify"),
    path("logbooks/<slug:book>/checks/<int:check>/", logbooks.logbook_check, name="logbook_check"),
    path("log/<slug:book>/checkpoint", log_tiles.log_checkpoint, name="log_checkpoint"),
    path("log/<slug:book>/tile/<path:tile>", log_tiles.log_tile, name="log_tile"),
    path("log/<slug:book>/entry/<int:sequence>", log_tiles.log_entry, name="log_entry"),
    path("log/<slug:book>/entry/<int:sequence>.tlog-proof", log_tiles.log_entry_proof, name="log_entry_proof"),
    path("log/<slug:book>/proof/inclusion", log_tiles.log_inclusion, name="log_inclusion"),
    path("log/<slug:book>/proof/consistency", log_tiles.log_consistency, name="log_consistency"),
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
