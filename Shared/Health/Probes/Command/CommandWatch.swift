// SPDX-License-Identifier: Apache-2.0
// Martlet: watches a command to its end, and kills it when nobody waits for it any more.
internal import NIOCore
internal import NIOPosix
internal import Platform
internal import Synchronization

/// Reads both outputs through the event loop and looks for the end now and then, so that no thread waits for it.
final class CommandWatch: Sendable {
    /// What came of it.
    struct Outcome: Sendable {
        var end: ChildProcess.End
        var output: [UInt8]
        var errors: [UInt8]
    }

    /// How much of the output is kept; what is beyond is read and dropped.
    static let outputLimit = 64 * 1_024
    /// How long output may still come after the end, from what the command left behind.
    private static let grace = Duration.milliseconds(50)
    /// Looks after the end between which nothing came: on a busy machine the time alone may pass before what lies in the pipe was read.
    private static let quietLooks = 5
    private static let longestPause = TimeAmount.milliseconds(20)

    private struct State {
        var output: [UInt8] = []
        var errors: [UInt8] = []
        var openPipes = 2
        var pause = TimeAmount.milliseconds(1)
        var isReaped = false
        var ended: (end: ChildProcess.End, at: ContinuousClock.Instant)?
        /// Looks since the end, and since something came.
        var quiet = 0
    }

    private let run: ProbeRun<Outcome>
    private let child: ChildProcess
    private let state = Mutex(State())

    init(run: ProbeRun<Outcome>, child: ChildProcess) {
        self.run = run
        self.child = child
    }

    /// On the loop: takes the pipes over and begins to look.
    func begin() {
        open(child.output, isOutput: true)
        open(child.errors, isOutput: false)
        look()
    }

    private func open(_ descriptor: Int32, isOutput: Bool) {
        NIOPipeBootstrap(group: run.loop)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(PipeHandler(watch: self, isOutput: isOutput))
                    guard self.run.adopt(channel) else { throw ProbeFailure.cancelled }
                }
            }
            .takingOwnershipOfDescriptor(input: descriptor)
            .whenFailure { error in
                // Only a run that is over already refuses; the watch kills the command then.
                self.run.finish(.failure(NetworkTrouble.failure(error)))
            }
    }

    /// Looks for the end, again and again until the child is reaped.
    private func look() {
        if run.isOver { return drop() }
        let ended = state.withLock { $0.ended != nil } || child.hasEnded
        if ended { conclude() } else { again() }
    }

    /// Nobody waits: everything that was started goes.
    private func drop() {
        guard !state.withLock({ $0.isReaped }) else { return }
        child.killGroup()
        guard child.hasEnded else { return again() }
        state.withLock { $0.isReaped = true }
        _ = child.reap()
    }

    /// The child has ended: waits a moment for the last of its output.
    private func conclude() {
        let (ended, isComplete, isQuiet) = state.withLock { state in
            if state.ended == nil {
                // What it left behind goes before it is reaped, since the group's id is reserved until then.
                child.killGroup()
                state.ended = (child.reap(), .now)
                state.isReaped = true
                state.pause = .milliseconds(1)
            }
            state.quiet += 1
            return (state.ended, state.openPipes == 0, state.quiet > Self.quietLooks)
        }
        guard let ended else { return }
        guard isComplete || isQuiet && ContinuousClock.now - ended.at >= Self.grace else { return again() }
        let (output, errors) = state.withLock { ($0.output, $0.errors) }
        run.finish(.success(Outcome(end: ended.end, output: output, errors: errors)))
    }

    private func again() {
        let pause = state.withLock { state in
            defer { state.pause = min(state.pause + state.pause, Self.longestPause) }
            return state.pause
        }
        run.loop.scheduleTask(in: pause) { self.look() }
    }

    func receive(_ buffer: ByteBuffer, isOutput: Bool) {
        state.withLock { state in
            state.quiet = 0
            let room = Self.outputLimit - (isOutput ? state.output.count : state.errors.count)
            let bytes = buffer.readableBytesView.prefix(max(0, room))
            if isOutput { state.output += bytes } else { state.errors += bytes }
        }
    }

    /// A closed output is mostly the sign of the end.
    func pipeClosed() {
        state.withLock { state in
            state.openPipes -= 1
            state.pause = .milliseconds(1)
        }
    }

    private final class PipeHandler: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer

        private let watch: CommandWatch
        private let isOutput: Bool

        init(watch: CommandWatch, isOutput: Bool) {
            self.watch = watch
            self.isOutput = isOutput
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            watch.receive(unwrapInboundIn(data), isOutput: isOutput)
        }

        func channelInactive(context: ChannelHandlerContext) { watch.pipeClosed() }

        func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
    }
}
