// SPDX-License-Identifier: Apache-2.0
// Martlet: a sink that keeps what it gets, and a clock that tests turn.
public import Platform
import Synchronization

/// Keeps all spans.
public final class SpanCollector: SpanSink {
    private let state = Mutex<[TraceSpan]>([])

    /// Has none yet.
    public init() {}

    /// Takes spans.
    public func receive(_ spans: [TraceSpan]) { state.withLock { $0 += spans } }

    /// All that came, in their order.
    public var spans: [TraceSpan] { state.withLock { $0 } }
}

/// Nanoseconds since 1970 that pass when a test says so.
public final class TurnedClock: Sendable {
    private let time = Atomic<UInt64>(1_800_000_000_000_000_000)

    /// Begins in January 2027.
    public init() {}

    /// The time.
    public var now: UInt64 { time.load(ordering: .relaxed) }

    /// Lets time pass.
    public func advance(_ duration: Duration) {
        time.wrappingAdd(UInt64(duration / .nanoseconds(1)), ordering: .relaxed)
    }
}
