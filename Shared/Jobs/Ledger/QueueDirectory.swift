// SPDX-License-Identifier: Apache-2.0
// Queue names and numbers, cached in each process: they are only ever added.

internal import Synchronization

/// The queues that this process knows of.
public final class QueueDirectory: Sendable {
    private struct State {
        var numbers: [String: Int32] = [:]
        var names: [Int32: String] = [:]
    }

    private let state = Mutex(State())

    /// Creates an empty directory.
    public init() {}

    /// A queue's number, if it is known here.
    public func number(of name: String) -> Int32? { state.withLock { $0.numbers[name] } }

    /// A queue's name, if it is known here.
    public func name(of number: Int32) -> String? { state.withLock { $0.names[number] } }

    /// Every known queue's number, in ascending order.
    public var numbers: [Int32] { state.withLock { $0.names.keys.sorted() } }

    /// Every known queue's name, sorted.
    public var names: [String] { state.withLock { $0.numbers.keys.sorted() } }

    func learn(_ name: String, number: Int32) {
        state.withLock {
            $0.numbers[name] = number
            $0.names[number] = name
        }
    }
}
