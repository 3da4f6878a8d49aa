"""What the gateway traces: requests that bring a trace, as a runner's first ones, and its batches.

Never a row, and a heartbeat like any other not at all. Where traces are off none of this is called.
"""

from __future__ import annotations

from typing import Final

import msgspec

from metafleet.hub.gateway import edge, replies
from metafleet.hub.gateway.gateway import Gateway
from metafleet.hub.gateway.http import Request, Response
from metafleet.hub.kernel import tracing
from metafleet.wire import messages

_HEADER: Final = tracing.TRACEPARENT.encode()
_DECODER: Final = msgspec.json.Decoder(messages.Spans)


async def answer(gateway: Gateway, kind: str, endpoint: edge.Endpoint, request: Request) -> Response:
    """As `edge.answer`, in the span of a caller that brings one."""
    parent = tracing.parse(request.header(_HEADER).decode("latin-1"))
    if not parent:
        return await edge.answer(gateway, kind, endpoint, request)
    with tracing.span(f"{request.method} {kind}", "server", parent=parent) as span:
        response = await edge.answer(gateway, kind, endpoint, request)
        span.note(
            {
                "http.response.status_code": response.status,
                "metafleet.request.id": request.id,
                "metafleet.tenant.id": str(request.tenant_id or ""),
                "metafleet.terminal.id": str(request.terminal_id or ""),
            }
        )
        if response.status >= 500:
            span.fail(f"answered {response.status}")
        return response


async def post_spans(gateway: Gateway, request: Request) -> Response:
    """Pass on what a runner measured of its own start: it speaks to nobody but us, and has no key to a
    backend of traces."""
    call = await edge.admit(gateway, request, "spans", _DECODER)
    instance_id = call.caller.slot.instance_id
    if instance_id is not None:
        tenant_id = call.caller.slot.tenant_id
        about = {"metafleet.instance.id": str(instance_id), "metafleet.tenant.id": str(tenant_id)}
        tracing.pass_on([_told(one, about) for one in call.said.spans])
    return replies.reply(messages.Success())


def _told(said: messages.Span, about: dict[str, str]) -> tracing.Told:
    return tracing.Told(
        service="metafleet-runner",
        name=said.name,
        kind="internal",
        traceparent=said.traceparent,
        parent_id=said.parent_id,
        began_ns=said.began_ns,
        ended_ns=said.ended_ns,
        attributes=about,
    )
