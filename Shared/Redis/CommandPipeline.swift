// SPDX-License-Identifier: Apache-2.0
// Martlet: what one connection has to send and which replies it expects, without any I/O.

internal import NIOCore

/// The queue of one connection: commands go out in order, replies come back in the same order.
///
/// A value without I/O, generic over who waits, so that tests can drive it by hand.
struct CommandPipeline<Waiter: Sendable>: Sendable {
    /// What is outstanding at most.
    struct Limits: Sendable {
        var commands: Int
        var bytes: Int
    }

    /// Why a command was not taken.
    enum Refusal: Sendable, Equatable {
        case closed
        case full
    }

    /// What the shell must do after a command was taken.
    enum Admission: Sendable, Equatable {
        /// Ask the event loop to flush.
        case flush
        /// Nothing: a flush is already on its way.
        case joined
        case refused(Refusal)
    }

    /// The replies of one write, complete.
    struct Delivery: Sendable {
        var waiter: Waiter
        var replies: [RedisValue]
    }

    private struct Entry {
        var waiter: Waiter?
        var expected: Int
        var bytes: Int
        var deadline: NIODeadline
    }

    private enum Phase {
        case open
        case draining
        case closed
    }

    private let limits: Limits
    private var phase = Phase.open
    private var entries = CircularBuffer<Entry>()
    /// The first entry's replies so far; kept here, since appending to an array inside the buffer copied it each time.
    private var partial: [RedisValue] = []
    private var unwritten = 0
    private var outbound = ByteBuffer()
    private var isFlushScheduled = false
    /// Commands whose reply is outstanding.
    private(set) var commandsInFlight = 0
    /// Request bytes whose reply is outstanding.
    private(set) var bytesInFlight = 0

    init(limits: Limits) {
        self.limits = limits
    }

    var isOpen: Bool { phase == .open }
    var isEmpty: Bool { entries.isEmpty }

    /// When the oldest outstanding command is overdue.
    var oldestDeadline: NIODeadline? { entries.first?.deadline }

    /// Takes `count` commands encoded in `bytes`; `waiter` nil means that nobody wants the replies.
    ///
    /// A write bigger than the bounds is taken when nothing else is outstanding, or it could never be sent.
    mutating func enqueue(_ bytes: ByteBuffer, count: Int, deadline: NIODeadline, waiter: Waiter?) -> Admission {
        guard phase == .open else { return .refused(.closed) }
        let size = bytes.readableBytes
        if !entries.isEmpty {
            guard commandsInFlight + count <= limits.commands, bytesInFlight + size <= limits.bytes else {
                return .refused(.full)
            }
        }
        entries.append(Entry(waiter: waiter, expected: count, bytes: size, deadline: deadline))
        unwritten += 1
        commandsInFlight += count
        bytesInFlight += size
        if outbound.readableBytes == 0, size > 4096 {
            outbound = bytes
        } else {
            outbound.writeImmutableBuffer(bytes)
        }
        guard !isFlushScheduled else { return .joined }
        isFlushScheduled = true
        return .flush
    }

    /// Everything to write now; from here on the outcome of these commands depends on the server.
    mutating func takeOutbound() -> ByteBuffer? {
        isFlushScheduled = false
        unwritten = 0
        guard outbound.readableBytes > 0 else { return nil }
        let bytes = outbound
        outbound = ByteBuffer()
        return bytes
    }

    /// Matches replies with commands; false when there was a reply that nobody asked for.
    mutating func receive(_ replies: [RedisValue], into deliveries: inout [Delivery]) -> Bool {
        for reply in replies {
            guard !entries.isEmpty, entries.count > unwritten else { return false }
            let first = entries.startIndex
            commandsInFlight -= 1
            if entries[first].expected == 1 {
                finishFirst([reply], into: &deliveries)
                continue
            }
            if partial.isEmpty { partial.reserveCapacity(entries[first].expected) }
            partial.append(reply)
            if partial.count == entries[first].expected {
                let replies = partial
                partial = []
                finishFirst(replies, into: &deliveries)
            }
        }
        return true
    }

    private mutating func finishFirst(_ replies: [RedisValue], into deliveries: inout [Delivery]) {
        let entry = entries.removeFirst()
        bytesInFlight -= entry.bytes
        if let waiter = entry.waiter { deliveries.append(Delivery(waiter: waiter, replies: replies)) }
    }

    /// True when the oldest outstanding command is overdue.
    func isOverdue(at now: NIODeadline) -> Bool {
        entries.first.map { $0.deadline <= now } ?? false
    }

    /// Refuses new commands and lets the outstanding ones finish.
    mutating func drain() {
        if phase == .open { phase = .draining }
    }

    /// True when a drain has nothing left to wait for.
    var isDrained: Bool { phase == .draining && entries.isEmpty }

    /// Ends the queue and hands out everybody who waits: those whose bytes were written, and those whose were not.
    mutating func close() -> (written: [Waiter], unwritten: [Waiter]) {
        phase = .closed
        let writtenCount = entries.count - unwritten
        let written = entries.prefix(writtenCount).compactMap(\.waiter)
        let unwritten = entries.suffix(unwritten).compactMap(\.waiter)
        entries.removeAll()
        outbound = ByteBuffer()
        self.unwritten = 0
        commandsInFlight = 0
        bytesInFlight = 0
        return (written, unwritten)
    }
}
