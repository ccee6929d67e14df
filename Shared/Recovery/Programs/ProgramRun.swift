// SPDX-License-Identifier: Apache-2.0
// Martlet: runs a program to its end, whatever happens meanwhile.
internal import Glibc
internal import NIOCore
internal import NIOPosix
internal import Platform
internal import Synchronization

/// One run of a program without a shell: output streamed to a closure, input fed by another, errors kept for the message.
///
/// ```swift
/// let run = ProgramRun(path, ["--schema-only"], environment: access.environment, deadline: .seconds(600))
/// try await run.perform { bytes in try await archive.write(bytes) }
/// ```
/// Both closures slow the program down when they are slow. The program has its own process group: when the deadline
/// passes, the task is cancelled or a closure throws, the group is asked to end by SIGTERM and killed after `grace`.
/// It is always reaped, and what it leaves running in its group is killed when it ends.
public struct ProgramRun: Sendable {
    /// The program's file.
    public let path: String
    /// Its arguments without its own name; no secrets, since everybody may read them.
    public let arguments: [String]
    /// Its whole environment.
    public let environment: [(name: String, value: String)]
    /// The limit of the whole run.
    public let deadline: Duration
    /// How long it has after SIGTERM; default 5 s.
    public let grace: Duration

    /// Describes a run; nothing is started yet.
    public init(
        _ path: String,
        _ arguments: [String],
        environment: [(name: String, value: String)] = [("PATH", "/usr/local/bin:/usr/bin:/bin"), ("LC_ALL", "C")],
        deadline: Duration,
        grace: Duration = .seconds(5)
    ) {
        self.path = path
        self.arguments = arguments
        self.environment = environment
        self.deadline = deadline
        self.grace = grace
    }

    /// The name of the program without its folder.
    var name: String { path.split(separator: "/").last.map(String.init) ?? path }

    /// Runs it; pieces of its output have at most 1 MiB.
    /// - Throws: `.program` when it can't be started or ends with another code than 0, with its last words; `.deadline`,
    ///   `.cancelled`, and what the closures throw.
    public func perform(
        output: @escaping @Sendable ([UInt8]) async throws(RecoveryError) -> Void = { _ in },
        input: (@Sendable (ProgramInput) async throws(RecoveryError) -> Void)? = nil
    ) async throws(RecoveryError) {
        if Task.isCancelled { throw RecoveryError(.cancelled, "cancelled before \(name) was started") }
        let child = try await start(hasInput: input != nil)
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let watch = ProgramWatch(child, on: loop)
        let tail = ErrorTail()
        var outcome = Outcome()
        do throws(RecoveryError) {
            let pipes = try await ProgramPipes.open(child, on: loop)
            outcome = await converse(pipes, watch, tail, input, output)
        } catch {
            outcome.failure = error
        }
        let end = await watch.end(after: outcome.failure == nil ? nil : grace)
        if let failure = outcome.failure { throw failure }
        guard end == .exit(0) else { throw failure(end, tail) }
        if let left = outcome.leftInput { throw left }
    }

    /// Runs it and returns its output, of which more than `limit` bytes are an error.
    func text(limit: Int) async throws(RecoveryError) -> String {
        let bytes = Mutex<[UInt8]>([])
        try await perform { (more: [UInt8]) throws(RecoveryError) in
            let count = bytes.withLock { bytes in
                bytes += more
                return bytes.count
            }
            if count > limit { throw RecoveryError(.program, "\(name) said more than \(limit) bytes") }
        }
        return bytes.withLock { String(decoding: $0, as: UTF8.self) }
    }

    private func start(hasInput: Bool) async throws(RecoveryError) -> ChildProcess {
        let (path, arguments, environment) = (path, arguments, environment)
        let started: Result<ChildProcess, ChildProcess.Refusal>
        do {
            // Starting a program blocks for a moment, and longer on a slow disk.
            // Programs of PostgreSQL look for each other beside their own path, and with a bare name in PATH.
            started = try await NIOThreadPool.singleton.runIfActive {
                ChildProcess.start(path, [path] + arguments, environment, input: hasInput ? .pipe : .nothing)
            }
        } catch {
            throw RecoveryError(.cancelled, "cancelled before \(name) was started")
        }
        switch started {
        case .success(let child): return child
        case .failure(let refusal):
            throw RecoveryError(.program, "\(path) can't be started: \(String(cString: strerror(refusal.code)))")
        }
    }

    /// Reads, writes and waits until all pipes are at their ends, or something goes wrong.
    private func converse(
        _ pipes: ProgramPipes,
        _ watch: ProgramWatch,
        _ tail: ErrorTail,
        _ input: (@Sendable (ProgramInput) async throws(RecoveryError) -> Void)?,
        _ output: @escaping @Sendable ([UInt8]) async throws(RecoveryError) -> Void
    ) async -> Outcome {
        await withTaskGroup(of: Part.self) { group in
            group.addTask { await Self.part { try await ProgramPipes.drain(pipes.output, output) } }
            group.addTask { await Self.part { try await ProgramPipes.drain(pipes.errors) { tail.append($0) } } }
            if let input, let pipe = pipes.input {
                group.addTask {
                    let part = await Self.part {
                        defer { pipe.close(promise: nil) }
                        try await input(ProgramInput(channel: pipe))
                    }
                    // A program that ends early makes the writing to it fail; its own words say why.
                    if case .failed(let error) = part, error.code == .program { return .leftInput(error) }
                    return part
                }
            }
            group.addTask { await Self.part { try await watch.untilEnded() } }
            let parts = input == nil ? 3 : 4
            group.addTask { [deadline, name] in
                do { try await Task.sleep(for: deadline) } catch { return .timer }
                return .failed(RecoveryError(.deadline, "\(name) did not end within \(deadline)"))
            }
            var done = 0
            var outcome = Outcome()
            for await part in group {
                switch part {
                case .done: done += 1
                case .timer: break
                case .leftInput(let error):
                    outcome.leftInput = error
                    done += 1
                case .failed(let error):
                    outcome.failure = outcome.failure ?? error
                    group.cancelAll()
                }
                if done == parts { group.cancelAll() }
            }
            return outcome
        }
    }

    /// What went wrong while it ran, apart from its own end.
    private struct Outcome {
        var failure: RecoveryError?
        /// It ended, or closed its input, before it had read all.
        var leftInput: RecoveryError?
    }

    private enum Part: Sendable {
        case done
        case timer
        case leftInput(RecoveryError)
        case failed(RecoveryError)
    }

    private static func part(_ body: () async throws -> Void) async -> Part {
        do {
            try await body()
            // A cancelled channel looks like one that is at its end.
            if Task.isCancelled { return .failed(RecoveryError(.cancelled, "cancelled while a program ran")) }
            return .done
        } catch let error as RecoveryError {
            return .failed(error)
        } catch is CancellationError {
            return .failed(RecoveryError(.cancelled, "cancelled while a program ran"))
        } catch {
            return .failed(RecoveryError(.program, "a pipe of a program broke", cause: error))
        }
    }

    private func failure(_ end: ChildProcess.End, _ tail: ErrorTail) -> RecoveryError {
        let how =
            switch end {
            case .exit(let code): "ended with exit code \(code)"
            case .signal(let number): "was killed by signal \(number)"
            }
        let words = tail.message
        return RecoveryError(.program, "\(name) \(how)" + (words.isEmpty ? "" : ": \(words)"))
    }
}
