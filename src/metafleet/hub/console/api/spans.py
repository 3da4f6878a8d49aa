"""Where a browser tells its part of the traces that are kept; nothing is stored here."""

from __future__ import annotations

from django.http import HttpRequest
from ninja import Router, Status

from metafleet.hub.console.access import actor, needs
from metafleet.hub.console.schemas.spans import BrowserSpan, BrowserSpans
from metafleet.hub.identity.rights import Right
from metafleet.hub.kernel import tracing

router = Router(by_alias=True)
_NS = 1_000_000


@router.post("/spans", response={204: None})
@needs(Right.READ)
def tell_spans(request: HttpRequest, form: BrowserSpans) -> Status[None]:
    """Pass on what the browser measured, where traces are on."""
    tenant_id = str(actor(request).tenant_id)
    tracing.pass_on([_told(span, tenant_id) for span in form.spans])
    return Status(204, None)


def _told(span: BrowserSpan, tenant_id: str) -> tracing.Told:
    return tracing.Told(
        service="metafleet-browser",
        name=span.name,
        kind="client",
        traceparent=span.traceparent,
        parent_id="",
        began_ns=int(span.began_ms * _NS),
        ended_ns=int(span.ended_ms * _NS),
        attributes={"metafleet.tenant.id": tenant_id, "http.response.status_code": str(span.status)},
    )
