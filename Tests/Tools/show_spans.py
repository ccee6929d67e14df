# SPDX-License-Identifier: Apache-2.0
# Martlet: prints the spans of trace exports, decoded with the official messages, one JSON object a line.
"""Arguments: files, each an ExportTraceServiceRequest."""
import json
import sys

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

for path in sys.argv[1:]:
    request = ExportTraceServiceRequest()
    with open(path, "rb") as file:
        request.ParseFromString(file.read())
    for resource in request.resource_spans:
        names = {pair.key: pair.value.string_value for pair in resource.resource.attributes}
        for scope in resource.scope_spans:
            for span in scope.spans:
                print(
                    json.dumps(
                        {
                            "service": names.get("service.name", ""),
                            "name": span.name,
                            "trace": span.trace_id.hex(),
                            "span": span.span_id.hex(),
                            "parent": span.parent_span_id.hex(),
                            "kind": span.kind,
                        },
                        separators=(",", ":"),
                    )
                )
