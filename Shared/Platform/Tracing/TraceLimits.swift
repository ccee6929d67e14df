// SPDX-License-Identifier: Apache-2.0
// Martlet: how much the tracer holds at most.

/// Bounds of what is kept in memory; what is over is dropped and counted.
public struct TraceLimits: Sendable, Hashable {
    /// Local roots that have not ended; default 8,192.
    public var openRoots = 8192
    /// Spans of one local root, itself included; default 128.
    public var spansPerRoot = 128
    /// Spans that have not ended or whose local root has not; default 16,384.
    public var bufferedSpans = 16_384

    /// Attributes of a span; of an event or a link a quarter.
    static let attributes = 32
    /// Events of a span.
    static let events = 16
    /// Links of a span.
    static let links = 8
    /// Bytes of a value; a list has no more in all.
    static let valueLength = 1024
    /// Bytes of a name or a key.
    static let nameLength = 256

    /// The defaults.
    public init() {}
}
