// SPDX-License-Identifier: Apache-2.0
// Martlet: a sink that keeps what it gets, and a clock that tests turn.
import Platform
import Synchronization

final class SpanCollector: SpanSink {
    private let state = Mutex<[TraceSpan]>([])
    func receive(_ spans: [TraceSpan]) { state.withLock { $0 += spans } }
    var spans: [TraceSpan] { state.withLock { $0 } }
}

final class TurnedClock: Sendable {
    private let time = Atomic<UInt64>(1_800_000_000_000_000_000)
    var now: UInt64 { time.load(ordering: .relaxed) }
    func advance(_ duration: Duration) { time.wrappingAdd(UInt64(duration / .nanoseconds(1)), ordering: .relaxed) }
}
