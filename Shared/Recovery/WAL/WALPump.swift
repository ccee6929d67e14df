// SPDX-License-Identifier: Apache-2.0
// Martlet: moves one timeline's log from a stream into an archive; reading and storing go on side by side.
internal import ObjectStore
internal import Postgres
internal import Resilience
internal import Synchronization

/// One stream under way.
final class WALPump: Sendable {
    /// Bytes that may wait for the store before reading pauses.
    private static let limit = 32 << 20
    /// What was received may take so long to be stored once the stream has ended.
    private static let lastPatience: Duration = .seconds(5)

    private let stream: LogStream
    private let archive: WALArchive
    private let assembly: Mutex<WALAssembly>
    private let status: WALReceiverStatus
    private let isOver = Mutex(false)
    private let work: AsyncStream<Void>
    private let bell: AsyncStream<Void>.Continuation

    init(_ stream: LogStream, _ archive: WALArchive, _ assembly: WALAssembly, _ status: WALReceiverStatus) {
        self.stream = stream
        self.archive = archive
        self.assembly = Mutex(assembly)
        self.status = status
        (work, bell) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// Where the timeline ended.
    struct End: Sendable {
        let next: UInt32
        let position: LSN
    }

    /// Moves until the timeline ends and all of it is stored.
    ///
    /// What was received before the stream broke, or the receiver was stopped, is stored as well: it may be all that is
    /// left of a server whose disk is gone.
    func run() async throws(RecoveryError) -> End {
        let outcome: Result<End, RecoveryError> = await withTaskGroup(of: Result<End?, RecoveryError>.self) { group in
            group.addTask { await self.outcome { () throws(RecoveryError) in try await self.read() } }
            group.addTask {
                await self.outcome { () throws(RecoveryError) in
                    try await self.store()
                    return nil
                }
            }
            var end: End?
            while let result = await group.next() {
                switch result {
                case .success(let value): end = value ?? end
                case .failure(let error):
                    group.cancelAll()
                    self.bell.finish()
                    // The other one ends by the cancellation; its error would hide the cause.
                    return .failure(error)
                }
            }
            guard let end else { return .failure(RecoveryError(.cancelled, "the receiver was stopped")) }
            return .success(end)
        }
        do throws(RecoveryError) { return try outcome.get() } catch {
            status.withLock { $0.isStreaming = false }
            // In a task of its own, which this one waits for: a cancelled one can't store. What is not stored in time the server's
            // slot still has, and the next stream begins there; the error to tell is the one that ended this stream.
            await Task { try? await withDeadline(.after(Self.lastPatience)) { try await self.storeRest() } }.value
            throw error
        }
    }

    private func outcome(_ body: () async throws(RecoveryError) -> End?) async -> Result<End?, RecoveryError> {
        do throws(RecoveryError) { return .success(try await body()) } catch { return .failure(error) }
    }

    private func read() async throws(RecoveryError) -> End? {
        defer {
            isOver.withLock { $0 = true }
            bell.yield()
            bell.finish()
        }
        while true {
            let wait = assembly.withLock { $0.wait(now: .now) }
            let event = try await replicating("the stream of the log") { () throws(PostgresError) in
                try await stream.next(within: min(wait ?? .seconds(1), .seconds(1)))
            }
            switch event {
            case .data(let position, let bytes):
                try assembly.withLock { assembly throws(RecoveryError) in
                    try assembly.take(position, bytes, now: .now)
                }
            case .keepalive, .idle: break
            case .timelineEnd(let next, let position): return End(next: next, position: position)
            }
            let (received, waiting) = assembly.withLock { ($0.received, $0.waiting) }
            status.withLock { $0.received = received }
            bell.yield()
            if waiting > Self.limit { try await pause() }
        }
    }

    /// Lets the store catch up; the server keeps what is not read.
    private func pause() async throws(RecoveryError) {
        while assembly.withLock({ $0.waiting > Self.limit / 2 }) {
            do { try await Task.sleep(for: .milliseconds(10)) } catch {
                throw RecoveryError(.cancelled, "the receiver was stopped")
            }
        }
    }

    private func store() async throws(RecoveryError) {
        for await _ in work {
            while let job = next() {
                try await perform(job)
                let (received, stored) = assembly.withLock { assembly in
                    assembly.done(job, now: .now)
                    return (assembly.received, assembly.stored)
                }
                status.withLock { $0.stored = stored }
                // At a timeline's end the server doesn't listen any more.
                if !isOver.withLock({ $0 }) {
                    try await replicating("the stream of the log") { () throws(PostgresError) in
                        try await stream.confirm(written: received, flushed: stored)
                    }
                }
            }
        }
        try await storeAll()
    }

    /// Where only the receiver was stopped, the server still listens, and commits may wait for it.
    private func storeRest() async throws {
        try await storeAll()
        let (received, stored) = assembly.withLock { ($0.received, $0.stored) }
        try await stream.confirm(written: received, flushed: stored)
    }

    private func storeAll() async throws(RecoveryError) {
        while let job = next() {
            try await perform(job)
            assembly.withLock { $0.done(job, now: .now) }
        }
        status.withLock { status in status.stored = assembly.withLock { $0.stored } }
    }

    private func next() -> WALAssembly.Job? {
        let isLast = isOver.withLock { $0 }
        return assembly.withLock { $0.next(now: .now, isLast: isLast) }
    }

    private func perform(_ job: WALAssembly.Job) async throws(RecoveryError) {
        switch job {
        case .piece(let segment, let range, let bytes):
            _ = try await archive.put(bytes, at: try archive.key(segment, range))
        case .join(let segment, let range, let bytes, let replaced):
            _ = try await archive.put(bytes, at: try archive.key(segment, range))
            try await remove(segment, replaced)
        case .segment(let segment, let bytes):
            try await archive.put(bytes, as: segment)
        }
    }

    private func remove(_ segment: WALSegment, _ pieces: [Range<Int>]) async throws(RecoveryError) {
        var keys: [ObjectKey] = []
        for piece in pieces { keys.append(try archive.key(segment, piece)) }
        if !keys.isEmpty { try await archive.remove(keys) }
    }
}
