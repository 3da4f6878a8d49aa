"""OpenTelemetry's SDK, set up by us: spans go in batches, by a thread of their own, to one address.

Imported only where traces are wanted. The SDK's own environment variables are not asked: what the
product does is said by its own settings.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Final

from opentelemetry import context, trace
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.sampling import Decision, ParentBased, TraceIdRatioBased
from opentelemetry.trace import NonRecordingSpan, SpanContext, SpanKind, Status, StatusCode, TraceFlags

from metafleet.hub.kernel.tracing import Kind, Told, parse

PATIENCE_S: Final = 5
_KINDS: Final[Mapping[str, SpanKind]] = {kind.name.lower(): kind for kind in SpanKind}
_SAMPLED: Final = TraceFlags(TraceFlags.SAMPLED)
_PATH: Final = "/v1/traces"


class Exporting:
    """One per process. ratio: of the traces, 0 to 1. It goes by a trace's id, also where another began it:
    no client decides how much is kept, and every process keeps the same ones."""

    def __init__(self, *, service: str, endpoint: str, headers: Mapping[str, str], ratio: float) -> None:
        self._ratio = TraceIdRatioBased(ratio)
        sampler = ParentBased(
            self._ratio, remote_parent_sampled=self._ratio, remote_parent_not_sampled=self._ratio
        )
        exporter = OTLPSpanExporter(
            endpoint=endpoint.rstrip("/") + _PATH, headers=dict(headers), timeout=PATIENCE_S
        )
        self._processor = BatchSpanProcessor(exporter, schedule_delay_millis=1_000)
        self._provider = TracerProvider(resource=_resource(service), sampler=sampler)
        self._provider.add_span_processor(self._processor)
        self._tracer = self._provider.get_tracer("metafleet")

    def current(self) -> str:
        found = trace.get_current_span().get_span_context()
        if not found.is_valid or not found.trace_flags.sampled:
            return ""
        return f"00-{found.trace_id:032x}-{found.span_id:016x}-01"

    @contextmanager
    def span(self, name: str, kind: Kind, parent: str | None, link: str) -> Iterator[trace.Span | None]:
        """Yield the span, or None where its trace is not kept."""
        links = [trace.Link(of_link)] if (of_link := _context_of(link)) else None
        begun = self._tracer.start_span(name, _whence(parent), _KINDS[kind], links=links)
        with trace.use_span(begun, end_on_exit=True, record_exception=False, set_status_on_exception=False):
            try:
                yield begun if begun.is_recording() else None
            except Exception as error:
                begun.set_status(Status(StatusCode.ERROR, type(error).__name__))
                raise

    def pass_on(self, told: Sequence[Told]) -> None:
        for one in told:
            itself = _context_of(one.traceparent)
            if itself is None or not self._is_kept(itself):
                continue
            parent = _context_of(f"00-{itself.trace_id:032x}-{one.parent_id}-01") if one.parent_id else None
            self._processor.on_end(
                ReadableSpan(
                    one.name,
                    itself,
                    parent,
                    _resource(one.service),
                    one.attributes,
                    kind=_KINDS[one.kind],
                    start_time=one.began_ns,
                    end_time=one.ended_ns,
                )
            )

    def close(self) -> None:
        """Send what is left; a backend that is away is not waited for beyond its patience."""
        self._provider.shutdown()

    def _is_kept(self, of: SpanContext) -> bool:
        return self._ratio.should_sample(None, of.trace_id, "").decision is Decision.RECORD_AND_SAMPLE


def _resource(service: str) -> Resource:
    return Resource({"service.name": service, "service.namespace": "metafleet"})


def _whence(parent: str | None) -> Context | None:
    """None: what is under way here; an empty context begins a trace."""
    if parent is None:
        return context.get_current()
    of = _context_of(parent)
    return trace.set_span_in_context(NonRecordingSpan(of), Context()) if of else Context()


def _context_of(traceparent: str) -> SpanContext | None:
    if not parse(traceparent):
        return None
    _, trace_id, span_id, _ = traceparent.split("-")
    return SpanContext(int(trace_id, 16), int(span_id, 16), is_remote=True, trace_flags=_SAMPLED)
