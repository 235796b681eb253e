"""Traces as OpenTelemetry's own SDK and protobuf write them."""

from __future__ import annotations

import base64
from typing import Any

from google.protobuf.json_format import MessageToDict, MessageToJson
from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import Status, StatusCode, set_span_in_context


def exported_trace(start_ns: int) -> Any:
    """Return the request that the SDK sends for a trace: a call, a step that failed, a step without attributes."""
    exporter = InMemorySpanExporter()
    provider = TracerProvider(resource=Resource({"service.name": "pggit", "deployment.environment": "test"}))
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    tracer = provider.get_tracer("pggit.calls")
    attributes = {"db.user": "ann", "n": 3, "share": 0.5, "ok": True, "paths": ["a", "b"], "vcs.branch": "main"}
    root = tracer.start_span("GET /commits/17", start_time=start_ns, attributes=attributes)
    failed = tracer.start_span("lookup", context=set_span_in_context(root), start_time=start_ns + 1000)
    failed.set_status(Status(StatusCode.ERROR, "no such commit"))
    failed.end(start_ns + 2_001_000)
    quick = tracer.start_span("quick", context=set_span_in_context(root), start_time=start_ns + 3000)
    quick.end(start_ns + 3001)
    root.end(start_ns + 5_000_000)
    provider.shutdown()
    return encode_spans(exporter.get_finished_spans())


def with_hex_ids(request: Any) -> dict[str, Any]:
    """Return the request as the collector's file exporter writes it: ids in hexadecimal."""
    found: dict[str, Any] = MessageToDict(request)
    for span in spans_of(found):
        for key in ("traceId", "spanId", "parentSpanId"):
            if key in span:
                span[key] = base64.b64decode(span[key]).hex()
    return found


def spans_of(request: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the spans of a request, whatever their resource and scope."""
    return [s for group in request["resourceSpans"] for scope in group["scopeSpans"] for s in scope["spans"]]


def line(request: Any) -> str:
    """Return the request as protobuf writes it in one line of JSON, ids in base64."""
    return MessageToJson(request, indent=None) + "\n"
