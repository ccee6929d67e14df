// SPDX-License-Identifier: Apache-2.0
// What a worker starts, holds, renews and lets go.

import TestSupport
import Testing

@testable import Jobs

@Suite struct InHandTests {
    private let start = ContinuousClock.now

    private func delivery(_ id: Int64, kind: String = "noop", priority: Int16 = 0, epoch: Int32 = 1) -> Delivery {
        Delivery(
            job: ClaimedJob(
                id: JobID(rawValue: id),
                epoch: epoch,
                attempt: 1,
                lane: Lane(queue: 1, priority: priority),
                dispatchedAt: 0,
                kind: kind,
                options: .standard,
                args: []
            ),
            entry: nil
        )
    }

    private func hand(concurrency: Int, limits: [String: Int] = [:], unrecorded: Int = 100) -> InHand {
        InHand(concurrency: concurrency, kindLimits: limits, maxPrefetch: 10, maxUnrecorded: unrecorded)
    }

    @Test func startsAsManyAsItMayAndTheRestInTurn() {
        var hand = hand(concurrency: 2)
        let started = hand.admit((1...3).map { delivery($0) }, now: start)
        #expect(started.map(\.job.id.rawValue) == [1, 2])
        #expect(hand.capacity(now: start) == 0)
        let (_, next) = hand.finished(started[0].fence, now: start)
        #expect(next.map(\.job.id.rawValue) == [3])
    }

    @Test func firstPriorityStartsFirst() {
        var hand = hand(concurrency: 1)
        let first = hand.admit([delivery(1)], now: start)
        #expect(hand.admit([delivery(2, priority: 5), delivery(3, priority: 9), delivery(4)], now: start).isEmpty)
        var order: [Int64] = []
        var running = first
        while let fence = running.first?.fence {
            running = hand.finished(fence, now: start).next
            order += running.map(\.job.id.rawValue)
        }
        #expect(order == [4, 2, 3])
    }

    @Test func aKindKeepsToItsLimitAndDoesNotHoldUpOthers() {
        var hand = hand(concurrency: 4, limits: ["slow": 1])
        let started = hand.admit(
            [delivery(1, kind: "slow"), delivery(2, kind: "slow"), delivery(3, kind: "slow"), delivery(4)],
            now: start
        )
        #expect(started.map(\.job.id.rawValue) == [1, 4])
        #expect(hand.capacity(now: start) == 2)
        let (_, next) = hand.finished(started[0].fence, now: start)
        #expect(next.map(\.job.id.rawValue) == [2])
    }

    @Test func theSameFenceTwiceIsOneJob() {
        var hand = hand(concurrency: 4)
        #expect(hand.admit([delivery(1), delivery(1)], now: start).count == 1)
        #expect(hand.admit([delivery(1)], now: start).isEmpty)
        #expect(hand.admit([delivery(1, epoch: 2)], now: start).count == 1)
    }

    @Test func unrecordedEndsStopTheIntake() {
        var hand = hand(concurrency: 2, unrecorded: 2)
        let started = hand.admit([delivery(1), delivery(2)], now: start)
        for delivery in started { _ = hand.finished(delivery.fence, now: start) }
        #expect(hand.capacity(now: start) == 0)
        hand.recorded([started[0].fence])
        #expect(hand.capacity(now: start) > 0)
    }

    @Test func leasesAreDueAfterTheQuietTimeAndThenAtTheInterval() {
        var hand = hand(concurrency: 1)
        let fence = hand.admit([delivery(1)], now: start)[0].fence
        #expect(hand.dueForRenewal(now: start + .milliseconds(400), every: .seconds(10), limit: 9).isEmpty)
        #expect(hand.dueForRenewal(now: start + .milliseconds(600), every: .seconds(10), limit: 9) == [fence])
        #expect(hand.dueForRenewal(now: start + .seconds(5), every: .seconds(10), limit: 9).isEmpty)
        #expect(hand.dueForRenewal(now: start + .seconds(11), every: .seconds(10), limit: 9) == [fence])
    }

    @Test func finishedButUnrecordedJobsKeepTheirLease() {
        var hand = hand(concurrency: 1)
        let fence = hand.admit([delivery(1)], now: start)[0].fence
        _ = hand.finished(fence, now: start)
        #expect(hand.dueForRenewal(now: start + .seconds(1), every: .seconds(10), limit: 9) == [fence])
        hand.recorded([fence])
        #expect(hand.dueForRenewal(now: start + .seconds(99), every: .seconds(10), limit: 9).isEmpty)
    }

    @Test func drainGivesBackWhatHasNotStarted() {
        var hand = hand(concurrency: 1)
        _ = hand.admit((1...3).map { delivery($0) }, now: start)
        #expect(Set(hand.drain().map(\.job.id.rawValue)) == [2, 3])
        #expect(hand.capacity(now: start) == 0)
        #expect(hand.held.count == 1)
    }

    @Test func theFirstReasonToStopStays() {
        var hand = hand(concurrency: 1)
        let fence = hand.admit([delivery(1)], now: start)[0].fence
        _ = hand.stop(fence, .cancelled)
        _ = hand.stop(fence, .timedOut)
        guard case .cancelled = hand.finished(fence, now: start).stop else {
            Issue.record("the first reason was replaced")
            return
        }
    }

    /// Against a plain model: never more running than allowed, nothing started twice, nothing forgotten.
    @Test func randomOperationsKeepTheBounds() {
        let seed = UInt64.random(in: 0...UInt64.max)
        print("seed \(seed)")
        var generator = SeededGenerator(seed: seed)
        var hand = hand(concurrency: 5, limits: ["slow": 2], unrecorded: 50)
        var next: Int64 = 1
        var running: [Fence: String] = [:]
        var finished: [Fence] = []
        var started = Set<Fence>()
        var admitted = 0
        func note(_ deliveries: [Delivery]) {
            for delivery in deliveries {
                #expect(started.insert(delivery.fence).inserted)
                running[delivery.fence] = delivery.job.kind
            }
        }
        for _ in 0..<5_000 {
            switch Int.random(in: 0..<3, using: &generator) {
            case 0:
                let count = min(hand.capacity(now: start), Int.random(in: 0...4, using: &generator))
                let batch = (0..<count).map { _ -> Delivery in
                    defer { next += 1 }
                    return delivery(
                        next,
                        kind: Bool.random(using: &generator) ? "slow" : "noop",
                        priority: Int16.random(in: 0...9, using: &generator)
                    )
                }
                admitted += batch.count
                note(hand.admit(batch, now: start))
            case 1:
                guard let fence = running.keys.min(by: { $0.id < $1.id }) else { continue }
                running[fence] = nil
                note(hand.finished(fence, now: start).next)
                finished.append(fence)
            default:
                hand.recorded(finished)
                finished = []
            }
            #expect(running.count == hand.running && running.count <= 5)
            #expect(running.values.filter { $0 == "slow" }.count <= 2)
            #expect(hand.unrecorded == finished.count)
        }
        while let fence = running.keys.min(by: { $0.id < $1.id }) {
            running[fence] = nil
            note(hand.finished(fence, now: start).next)
        }
        #expect(started.count == admitted)
    }
}
