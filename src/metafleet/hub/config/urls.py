from __future__ import annotations

from django.urls import include, path, re_path

from metafleet.hub.console import downloads, pages, probes
from metafleet.hub.console.api.root import api

handler400 = "metafleet.hub.console.problems.bad_request"
handler403 = "metafleet.hub.console.problems.forbidden"
handler404 = "metafleet.hub.console.problems.not_found"
handler500 = "metafleet.hub.console.problems.server_error"

urlpatterns = [
    path("health", probes.health),
    path("ready", probes.ready),
    re_path(r"^(?:api/v1/)?webhook/", pages.elsewhere),
    path("api/", api.urls),
    path("", include("metafleet.hub.console.sign_in.urls")),
    path("downloads/own/metafleet-connectors.zip", downloads.connectors),
    path("downloads/own/SHA256SUMS", downloads.connectors_sums),
    re_path(r"^(?:api|assets|downloads|_allauth)/", pages.missing),
    re_path(r"^(?!live$).*$", pages.app),
]
