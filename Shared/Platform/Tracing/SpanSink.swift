// SPDX-License-Identifier: Apache-2.0
// Martlet: where spans go that are kept.

/// Takes spans that have ended.
public protocol SpanSink: Sendable {
    /// Takes spans, all of one trace, on the thread that ended the last of them; must not block.
    func receive(_ spans: [TraceSpan])
}
