// SPDX-License-Identifier: Apache-2.0
// The options column and the options part of a bus entry: `a=5;t=30000;r=x,1000,3600000;u=1;p=00-…;s=vendor%3Dx`, nothing at all for a job that asks for nothing.

internal import Platform

extension JobOptions {
    /// The short text form; nil for the standard options, so that an ordinary job carries nothing.
    var encoded: String? {
        var parts: [String] = []
        if maxAttempts != JobLimits.defaultAttempts { parts.append("a=\(maxAttempts)") }
        if let timeout { parts.append("t=\(timeout.wholeMilliseconds)") }
        if retry != .standard {
            parts.append("r=\(retry.kind.rawValue),\(retry.base.wholeMilliseconds),\(retry.cap.wholeMilliseconds)")
        }
        if releasesKey { parts.append("u=1") }
        if let trace {
            parts.append("p=\(trace.traceparent)")
            if let state = trace.tracestate { parts.append("s=\(Self.escape(state))") }
        }
        return parts.isEmpty ? nil : parts.joined(separator: ";")
    }

    /// Reads the short text form; parts that a newer version wrote are passed over.
    init(encoded: String?) {
        self = .standard
        guard let encoded else { return }
        var (parent, state): (Substring?, String?) = (nil, nil)
        for part in encoded.split(separator: ";") {
            let value = part.dropFirst(2)
            switch part.first {
            case "a": maxAttempts = Int(value) ?? maxAttempts
            case "t": timeout = Int(value).map { .milliseconds($0) }
            case "p": parent = value
            case "s": state = Self.unescape(value)
            case "u": releasesKey = value == "1"
            case "r":
                let fields = value.split(separator: ",")
                guard fields.count == 3, let first = fields[0].first, let kind = RetryPolicy.Kind(rawValue: first),
                    let base = Int(fields[1]), let cap = Int(fields[2])
                else { continue }
                retry = RetryPolicy(kind: kind, base: .milliseconds(base), cap: .milliseconds(cap))
            default: continue
            }
        }
        // A state that breaks the rules is left out there, and the place in the trace stays.
        if let parent { trace = TraceContext(traceparent: parent, tracestate: state) }
    }

    /// A client's text must not look like a part of ours, neither to other versions nor to the ledger's statements.
    private static let escapes = [("%", "%25"), (";", "%3B"), ("=", "%3D")]

    private static func escape(_ text: String) -> String {
        escapes.reduce(text) { $0.replacing($1.0, with: $1.1) }
    }

    private static func unescape(_ text: Substring) -> String {
        escapes.reversed().reduce(String(text)) { $0.replacing($1.1, with: $1.0) }
    }
}
