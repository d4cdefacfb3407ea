"""Every address of the console. The name of an address is the name of its view."""

from django.conf import settings
from django.urls import URLPattern, URLResolver, path, register_converter

from console.api import exports as exports_api
from console.api import schema
from console.api import stations as stations_api
from console.identities import IdentityConverter
from console.views import (
    about,
    appearance,
    design,
    exports,
    health,
    log_tiles,
    logbooks,
    overview,
    people,
    search,
    single_sign_on,
    system,
)
from console.views.account import factors, link, profile, set_up, sign_in
from console.views.stations import acts, adding, detail, door, listing

register_converter(IdentityConverter, "identity")

urlpatterns: list[URLPattern | URLResolver] = [
    path("", overview.overview, name="overview"),
    path("welcome/dismiss/", overview.welcome_dismiss, name="welcome_dismiss"),
    path("search/", search.search, name="search"),
    path("about/", about.about, name="about"),
    path("system/", system.system, name="system"),
    path("exports/", exports.exports, name="exports"),
    path("exports/ask/", exports.export_ask, name="export_ask"),
    path("exports/<int:number>/download/", exports.export_download, name="export_download"),
    path("exports/programs/<str:name>", exports.export_program, name="export_program"),
    path("exports/ca.pem", exports.export_authority, name="export_authority"),
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
    path("account/sign-in/", sign_in.sign_in, name="sign_in"),
    path("account/sign-in/passkey/", sign_in.sign_in_passkey, name="sign_in_passkey"),
    path("account/sign-in/passkey/options/", sign_in.sign_in_passkey_options, name="sign_in_passkey_options"),
    path("account/second-factor/", sign_in.second_factor, name="second_factor"),
    path("account/sign-out/", sign_in.sign_out, name="sign_out"),
    path("account/signed-out/", sign_in.signed_out, name="signed_out"),
    path("account/link/<str:token>/", link.sign_in_link, name="sign_in_link"),
    path("account/sso/<slug:provider_id>/", single_sign_on.openid_connect_login, name="openid_connect_login"),
    path(
        "account/sso/<slug:provider_id>/callback/",
        single_sign_on.openid_connect_callback,
        name="openid_connect_callback",
    ),
    path("account/set-up/", set_up.set_up, name="set_up"),
    path("account/set-up/postpone/", set_up.set_up_postpone, name="set_up_postpone"),
    path("account/", profile.account, name="account"),
    path("account/email/", profile.account_email, name="account_email"),
    path("account/appearance/", profile.account_appearance, name="account_appearance"),
    path("account/password/", profile.account_password, name="account_password"),
    path("account/factors/", factors.account_factors, name="account_factors"),
    path("account/factors/add/", factors.account_factor_add, name="account_factor_add"),
    path("account/factors/<int:factor_id>/remove/", factors.account_factor_remove, name="account_factor_remove"),
    path("account/factors/recovery-codes/", factors.account_recovery_codes, name="account_recovery_codes"),
    path("account/sessions/", profile.account_sessions, name="account_sessions"),
    path("account/sessions/<int:session_id>/end/", profile.account_session_end, name="account_session_end"),
    path("account/sessions/end/", profile.account_sessions_end, name="account_sessions_end"),
    path("people/", people.people_list, name="people"),
    path("people/roles/", people.roles, name="roles"),
    path("people/invite/", people.person_invite, name="person_invite"),
    path("people/person/<str:name>/", people.person, name="person"),
    path("people/person/<str:name>/roles/", people.person_roles, name="person_roles"),
    path("people/person/<str:name>/profile/", people.person_profile, name="person_profile"),
    path("people/person/<str:name>/disable/", people.person_disable, name="person_disable"),
    path("people/person/<str:name>/enable/", people.person_enable, name="person_enable"),
    path("people/person/<str:name>/link/", people.person_link, name="person_link"),
    path("people/person/<str:name>/sessions/end/", people.person_sessions_end, name="person_sessions_end"),
    path(
        "people/person/<str:name>/reset-second-factor/",
        people.person_reset_second_factor,
        name="person_reset_second_factor",
    ),
    path("stations/", listing.stations, name="stations"),
    path("stations/add/", adding.station_add, name="station_add"),
    path("stations/import/", adding.stations_import, name="stations_import"),
    path("stations/bulk/", listing.stations_bulk, name="stations_bulk"),
    path("stations/views/", listing.view_save, name="view_save"),
    path("stations/views/<int:number>/remove/", listing.view_remove, name="view_remove"),
    path("stations/<identity:identity>/", detail.station, name="station"),
    path("stations/<identity:identity>/timeline/", detail.station_timeline, name="station_timeline"),
    path("stations/<identity:identity>/messages/", detail.station_messages, name="station_messages"),
    path("stations/<identity:identity>/commands/", acts.station_commands, name="station_commands"),
    path("stations/<identity:identity>/configuration/", detail.station_configuration, name="station_configuration"),
    path("stations/<identity:identity>/sessions/", detail.station_sessions, name="station_sessions"),
    path("stations/<identity:identity>/security/", detail.station_security, name="station_security"),
    path("stations/<identity:identity>/decide/", detail.station_decide, name="station_decide"),
    path("stations/<identity:identity>/move/", acts.station_move, name="station_move"),
    path("stations/<identity:identity>/rotate-key/", acts.station_rotate_key, name="station_rotate_key"),
    path("knocking/", door.knocking, name="knocking"),
    path("anomalies/", door.anomalies, name="anomalies"),
    path("api/schema/", schema.ApiSchemaView.as_view(), name="api_schema"),
    path("api/exports/", exports_api.ExportsView.as_view(), name="api_exports"),
    path("api/exports/<int:number>/", exports_api.ExportView.as_view(), name="api_export"),
    path("api/exports/<int:number>/file/", exports_api.ExportFileView.as_view(), name="api_export_file"),
    path("api/stations/", stations_api.StationsView.as_view(), name="api_stations"),
    path("api/stations/<identity:identity>/", stations_api.StationView.as_view(), name="api_station"),
    path("api/stations/<identity:identity>/key/", stations_api.StationKeyView.as_view(), name="api_station_key"),
    path("api/stations/<identity:identity>/commands/", stations_api.CommandsView.as_view(), name="api_commands"),
    path(
        "api/stations/<identity:identity>/commands/<int:number>/",
        stations_api.CommandView.as_view(),
        name="api_command",
    ),
    path(
        "api/stations/<identity:identity>/<slug:move>/", stations_api.StationMoveView.as_view(), name="api_station_move"
    ),
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
