// SPDX-License-Identifier: Apache-2.0
// Martlet: tests of the connection's queue without any I/O.

import NIOCore
import Testing

@testable import Redis

@Suite struct CommandPipelineTests {
    private typealias Pipeline = CommandPipeline<Int>
    private let later = NIODeadline.uptimeNanoseconds(1_000)

    private func pipeline(commands: Int = 100, bytes: Int = 1000) -> Pipeline {
        Pipeline(limits: .init(commands: commands, bytes: bytes))
    }

    private func bytes(_ text: String) -> ByteBuffer { ByteBuffer(string: text) }

    @Test func oneFlushCarriesWhatWasQueuedMeanwhile() {
        var pipeline = pipeline()
        #expect(pipeline.enqueue(bytes("a"), count: 1, deadline: later, waiter: 1) == .flush)
        #expect(pipeline.enqueue(bytes("b"), count: 1, deadline: later, waiter: 2) == .joined)
        #expect(pipeline.takeOutbound() == bytes("ab"))
        #expect(pipeline.takeOutbound() == nil)
        #expect(pipeline.enqueue(bytes("c"), count: 1, deadline: later, waiter: 3) == .flush)
    }

    @Test func repliesGoToTheirWaitersInOrder() {
        var pipeline = pipeline()
        _ = pipeline.enqueue(bytes("a"), count: 1, deadline: later, waiter: 1)
        _ = pipeline.enqueue(bytes("bc"), count: 2, deadline: later, waiter: 2)
        _ = pipeline.enqueue(bytes("d"), count: 1, deadline: later, waiter: nil)
        _ = pipeline.enqueue(bytes("e"), count: 1, deadline: later, waiter: 5)
        _ = pipeline.takeOutbound()
        var deliveries: [Pipeline.Delivery] = []
        #expect(pipeline.receive([.integer(1), .integer(2)], into: &deliveries))
        #expect(deliveries.map(\.waiter) == [1])
        #expect(pipeline.receive([.integer(3), .integer(4), .integer(5)], into: &deliveries))
        #expect(deliveries.map(\.waiter) == [1, 2, 5])
        #expect(deliveries.map(\.replies) == [[.integer(1)], [.integer(2), .integer(3)], [.integer(5)]])
        #expect(pipeline.commandsInFlight == 0 && pipeline.bytesInFlight == 0 && pipeline.isEmpty)
    }

    @Test func replyWithoutACommandIsNoticed() {
        var pipeline = pipeline()
        var deliveries: [Pipeline.Delivery] = []
        #expect(!pipeline.receive([.null], into: &deliveries))
        // Queued is not written: the server cannot have answered it.
        _ = pipeline.enqueue(bytes("a"), count: 1, deadline: later, waiter: 1)
        #expect(!pipeline.receive([.null], into: &deliveries))
    }

    @Test func boundsHoldButNeverBlockAnEmptyQueue() {
        var pipeline = pipeline(commands: 3, bytes: 10)
        #expect(pipeline.enqueue(bytes("0123456789ABC"), count: 5, deadline: later, waiter: 1) == .flush)
        #expect(pipeline.enqueue(bytes("x"), count: 1, deadline: later, waiter: 2) == .refused(.full))
        _ = pipeline.takeOutbound()
        var deliveries: [Pipeline.Delivery] = []
        _ = pipeline.receive(Array(repeating: .null, count: 5), into: &deliveries)
        for waiter in 1...3 {
            #expect(pipeline.enqueue(bytes("x"), count: 1, deadline: later, waiter: waiter) != .refused(.full))
        }
        #expect(pipeline.enqueue(bytes("x"), count: 1, deadline: later, waiter: 4) == .refused(.full))
    }

    @Test func closingTellsWrittenFromUnwritten() {
        var pipeline = pipeline()
        _ = pipeline.enqueue(bytes("a"), count: 1, deadline: later, waiter: 1)
        _ = pipeline.enqueue(bytes("b"), count: 1, deadline: later, waiter: nil)
        _ = pipeline.takeOutbound()
        _ = pipeline.enqueue(bytes("c"), count: 1, deadline: later, waiter: 3)
        let waiters = pipeline.close()
        #expect(waiters.written == [1] && waiters.unwritten == [3])
        #expect(pipeline.enqueue(bytes("d"), count: 1, deadline: later, waiter: 4) == .refused(.closed))
    }

    @Test func oldestCommandDecidesWhatIsOverdue() {
        var pipeline = pipeline()
        #expect(!pipeline.isOverdue(at: later))
        _ = pipeline.enqueue(bytes("a"), count: 1, deadline: later, waiter: 1)
        _ = pipeline.enqueue(bytes("b"), count: 1, deadline: later + .seconds(1), waiter: 2)
        #expect(pipeline.oldestDeadline == later)
        #expect(!pipeline.isOverdue(at: later - .nanoseconds(1)))
        #expect(pipeline.isOverdue(at: later))
        _ = pipeline.takeOutbound()
        var deliveries: [Pipeline.Delivery] = []
        _ = pipeline.receive([.null], into: &deliveries)
        #expect(!pipeline.isOverdue(at: later))
    }

    @Test func drainRefusesAndEnds() {
        var pipeline = pipeline()
        _ = pipeline.enqueue(bytes("a"), count: 1, deadline: later, waiter: 1)
        pipeline.drain()
        #expect(!pipeline.isDrained && !pipeline.isOpen)
        #expect(pipeline.enqueue(bytes("b"), count: 1, deadline: later, waiter: 2) == .refused(.closed))
        _ = pipeline.takeOutbound()
        var deliveries: [Pipeline.Delivery] = []
        _ = pipeline.receive([.null], into: &deliveries)
        #expect(pipeline.isDrained)
    }
}
