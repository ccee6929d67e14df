# SPDX-License-Identifier: Apache-2.0
# Martlet: decodes bodies of trace exports with the official messages and compares every field with what was meant.
"""Arguments: pairs of files. BODY is an ExportTraceServiceRequest; WANTED is JSON in the shape that shown() makes."""
import json
import struct
import sys

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest


def value(any_value):
    kind = any_value.WhichOneof("value")
    if kind is None:
        return None
    if kind == "array_value":
        return ["array", [value(item) for item in any_value.array_value.values]]
    plain = getattr(any_value, kind)
    if kind == "double_value":  # by its bits, since JSON has no NaN
        plain = str(struct.unpack("<Q", struct.pack("<d", plain))[0])
    if kind == "int_value":
        plain = str(plain)
    return [kind, plain]


def attributes(pairs):
    return [[pair.key, value(pair.value)] for pair in pairs]


def span(item):
    return {
        "trace_id": item.trace_id.hex(),
        "span_id": item.span_id.hex(),
        "trace_state": item.trace_state,
        "parent_span_id": item.parent_span_id.hex(),
        "flags": item.flags,
        "name": item.name,
        "kind": item.kind,
        "start": str(item.start_time_unix_nano),
        "end": str(item.end_time_unix_nano),
        "attributes": attributes(item.attributes),
        "dropped_attributes": item.dropped_attributes_count,
        "events": [
            [str(event.time_unix_nano), event.name, attributes(event.attributes), event.dropped_attributes_count]
            for event in item.events
        ],
        "dropped_events": item.dropped_events_count,
        "links": [
            [
                link.trace_id.hex(),
                link.span_id.hex(),
                link.trace_state,
                attributes(link.attributes),
                link.dropped_attributes_count,
                link.flags,
            ]
            for link in item.links
        ],
        "dropped_links": item.dropped_links_count,
        "status": [item.status.code, item.status.message],
    }


def shown(body):
    request = ExportTraceServiceRequest.FromString(body)
    # Nothing that the messages don't know, and the shortest form: writing it again gives the same bytes.
    if request.SerializeToString(deterministic=True) != body:
        raise ValueError("written again by the official library the body is not the same")
    (resource,) = request.resource_spans
    (scope,) = resource.scope_spans
    return {
        "resource": attributes(resource.resource.attributes),
        "scope": [scope.scope.name, scope.scope.version],
        "spans": [span(item) for item in scope.spans],
    }


def differences(path, got, wanted):
    if isinstance(got, dict) and isinstance(wanted, dict):
        for key in sorted(got.keys() | wanted.keys()):
            yield from differences(f"{path}.{key}", got.get(key), wanted.get(key))
    elif isinstance(got, list) and isinstance(wanted, list) and len(got) == len(wanted):
        for index, (left, right) in enumerate(zip(got, wanted)):
            yield from differences(f"{path}[{index}]", left, right)
    elif got != wanted or type(got) is not type(wanted):
        yield f"{path}: {got!r}, and not {wanted!r}"


def main():
    wrong = spans = size = 0
    for body_path, wanted_path in zip(sys.argv[1::2], sys.argv[2::2]):
        body = open(body_path, "rb").read()
        got = shown(body)
        wanted = json.load(open(wanted_path, encoding="utf-8"))
        for difference in differences("", got, wanted):
            wrong += 1
            if wrong <= 20:
                print(f"{body_path}{difference}")
        spans += len(got["spans"])
        size += len(body)
    print(f"{spans} spans in {size} bytes compared, {wrong} fields differ")
    return 1 if wrong or not spans else 0


sys.exit(main())
