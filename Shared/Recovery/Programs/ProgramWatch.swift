// SPDX-License-Identifier: Apache-2.0
// Martlet: waits for a program's end and ends it when it must.
internal import NIOCore
internal import Platform

/// Looks now and then whether the child has ended; nothing here is cut short by cancellation before it is reaped.
struct ProgramWatch: Sendable {
    private static let shortest = TimeAmount.milliseconds(1)
    private static let longest = TimeAmount.milliseconds(20)

    private let child: ChildProcess
    private let loop: any EventLoop

    init(_ child: ChildProcess, on loop: any EventLoop) {
        self.child = child
        self.loop = loop
    }

    /// Waits until it has ended, and kills what it left in its group, which would hold the pipes open.
    func untilEnded() async throws(RecoveryError) {
        var pause = Self.shortest
        while !child.hasEnded {
            if Task.isCancelled { throw RecoveryError(.cancelled, "cancelled while a program ran") }
            await sleep(&pause)
        }
        child.killGroup()
    }

    /// Waits for the end and reaps the child; with `grace` it is asked to end, and killed when that is over.
    func end(after grace: Duration?) async -> ChildProcess.End {
        if let grace {
            child.endGroup()
            let due = ContinuousClock.now + grace
            var pause = Self.shortest
            while !child.hasEnded, ContinuousClock.now < due { await sleep(&pause) }
        }
        // Also a child that has ended may have left others in its group.
        child.killGroup()
        var pause = Self.shortest
        while !child.hasEnded { await sleep(&pause) }
        return child.reap()
    }

    private func sleep(_ pause: inout TimeAmount) async {
        // A task's sleep ends at once when the task is cancelled.
        try? await loop.scheduleTask(in: pause) {}.futureResult.get()
        pause = min(pause + pause, Self.longest)
    }
}
