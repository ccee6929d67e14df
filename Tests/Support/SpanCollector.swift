// SPDX-License-Identifier: Apache-2.0
// Martlet: a sink that keeps what it gets, and a clock that tests turn.
public import Platform
import Synchronization

/// Keeps all spans.
public final class SpanCollector: SpanSink {
    private let state = Mutex<[TraceSpan]>([])

    public init() {}

    public func receive(_ spans: [TraceSpan]) { state.withLock { $0 += spans } }
    public var spans: [TraceSpan] { state.withLock { $0 } }
}

/// Nanoseconds since 1970 that pass when a test says so.
public final class TurnedClock: Sendable {
    private let time = Atomic<UInt64>(1_800_000_000_000_000_000)

    public init() {}

    public var now: UInt64 { time.load(ordering: .relaxed) }
    public func advance(_ duration: Duration) {
        time.wrappingAdd(UInt64(duration / .nanoseconds(1)), ordering: .relaxed)
    }
}
