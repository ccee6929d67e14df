// SPDX-License-Identifier: Apache-2.0
// Martlet: a point in time by which something must be done, handed down from call to call.

/// A deadline; unlike a timeout it does not start anew at each layer.
public struct Deadline: Sendable, Hashable, Comparable {
    /// The instant.
    public let instant: ContinuousClock.Instant

    /// At an instant.
    public init(_ instant: ContinuousClock.Instant) { self.instant = instant }

    /// Some time from now.
    public static func after(_ duration: Duration, now: ContinuousClock.Instant = .now) -> Deadline {
        Deadline(now + duration)
    }

    /// What is left; zero when it has passed.
    public func remaining(now: ContinuousClock.Instant = .now) -> Duration { max(.zero, instant - now) }

    /// Whether it has passed.
    public func isExpired(now: ContinuousClock.Instant = .now) -> Bool { instant <= now }

    /// The earlier of this one and some time from now.
    public func within(_ duration: Duration, now: ContinuousClock.Instant = .now) -> Deadline {
        min(self, .after(duration, now: now))
    }

    /// Orders by time.
    public static func < (left: Deadline, right: Deadline) -> Bool { left.instant < right.instant }
}

/// Runs an operation that is cancelled when a deadline passes; throws `deadlineExceeded` then.
///
/// The operation is a child task, and a child task is always awaited: an operation that ignores its cancellation delays
/// the error until it
/// ends. So every operation below must itself react to cancellation (all of Martlet's own waits do). A passed deadline
/// throws at once and
/// runs nothing. When the operation ends by itself in the same instant, its result wins. If the caller is cancelled, so
/// is the operation,
/// and its own error is thrown.
public func withDeadline<Value: Sendable>(
    _ deadline: Deadline,
    operation: @escaping @Sendable () async throws -> Value
) async throws -> Value {
    let exceeded = ResilienceError(.deadlineExceeded, "the deadline passed")
    guard !deadline.isExpired() else { throw exceeded }
    return try await withThrowingTaskGroup(of: Value?.self) { group in
        defer { group.cancelAll() }
        group.addTask { try await operation() }
        group.addTask {
            do { try await Task.sleep(until: deadline.instant, clock: .continuous) } catch { return nil }
            throw exceeded
        }
        do {
            while let value = try await group.next() {
                if let value { return value }
            }
        } catch let error as ResilienceError where error == exceeded && deadline.isExpired() {
            group.cancelAll()
            // The operation may have won the race against its own cancellation.
            while let late = await group.nextResult() {
                if case .success(let value?) = late { return value }
            }
            throw error
        }
        throw CancellationError()
    }
}
