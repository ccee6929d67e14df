// SPDX-License-Identifier: Apache-2.0
// Martlet: spans that wait to be sent.

/// A bounded queue; what finds no place is dropped, the oldest stay.
struct ExportQueue {
    let capacity: Int
    private var spans: [TraceSpan] = []
    /// Whether graceful shutdown has begun.
    var isClosing = false

    init(capacity: Int) { self.capacity = capacity }

    var count: Int { spans.count }

    /// Returns how many were dropped.
    mutating func push(_ more: [TraceSpan]) -> Int {
        let room = max(0, capacity - spans.count)
        spans.append(contentsOf: more.prefix(room))
        return max(0, more.count - room)
    }

    mutating func take(_ limit: Int) -> [TraceSpan] {
        defer { spans.removeFirst(min(limit, spans.count)) }
        return Array(spans.prefix(limit))
    }
}
