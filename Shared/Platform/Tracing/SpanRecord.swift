// SPDX-License-Identifier: Apache-2.0
// Martlet: what a span holds besides its place.
internal import Tracing

/// The changeable part of a span, frozen when it ends.
struct SpanRecord: Sendable {
    struct Event: Sendable {
        var name: String
        /// Nanoseconds since 1970.
        var time: UInt64
        var attributes: SpanAttributeList
    }

    struct Link: Sendable {
        var context: TraceContext
        var attributes: SpanAttributeList
    }

    var name: String
    /// Nanoseconds since 1970; 0 while it has not ended.
    var end: UInt64 = 0
    var attributes = SpanAttributeList()
    var events: [Event] = []
    var links: [Link] = []
    var droppedEvents: UInt32 = 0
    var droppedLinks: UInt32 = 0
    var status: SpanStatus?

    init(name: String) { self.name = name }

    mutating func add(_ event: Event) {
        if events.count < TraceLimits.events { events.append(event) } else { droppedEvents &+= 1 }
    }

    mutating func add(_ link: Link) {
        if links.count < TraceLimits.links { links.append(link) } else { droppedLinks &+= 1 }
    }
}
