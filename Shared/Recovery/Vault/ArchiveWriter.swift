// SPDX-License-Identifier: Apache-2.0
// Martlet: one archive under way.
internal import Platform
internal import Synchronization

/// Writes one archive of a backup; its owner calls one operation at a time, in order.
public final class ArchiveWriter: Sendable {
    private struct State {
        var chunk: [UInt8] = []
        var isFinished = false
        /// A chunk that did not enter the line is lost, so the archive is.
        var failure: RecoveryError?

        /// Takes bytes until the chunk is full.
        /// - Parameter whole: The bytes as an array of just the right length, which then need not be copied.
        /// - Returns: The chunk if it is full, and how many bytes were taken.
        mutating func fill(from rest: ArraySlice<UInt8>, or whole: [UInt8]?, _ limit: Int) -> ([UInt8]?, Int) {
            let part = rest.prefix(limit - chunk.count)
            if let whole, chunk.isEmpty { return (whole, whole.count) }
            if chunk.isEmpty { chunk.reserveCapacity(limit) }
            chunk.append(contentsOf: part)
            guard chunk.count == limit else { return (nil, part.count) }
            defer { chunk = [] }
            return (chunk, part.count)
        }
    }

    /// Its name.
    public let name: ArchiveName
    private let backup: BackupWriter
    private let draft = ArchiveDraft()
    private let state = Mutex(State())

    init(_ name: ArchiveName, in backup: BackupWriter) {
        self.name = name
        self.backup = backup
    }

    /// Appends bytes; waits while too many chunks are under way or the pace asks for it.
    /// - Throws: `.cancelled`, or why the backup has failed.
    public func write(_ bytes: [UInt8]) async throws(RecoveryError) {
        guard !bytes.isEmpty else { return }
        try await backup.pace.pass(bytes.count)
        backup.progress.read(bytes.count)
        let limit = backup.options.chunkSize.bytes
        var rest = bytes[...]
        while !rest.isEmpty {
            let whole = rest.count == limit && bytes.count == limit ? bytes : nil
            let (full, used) = try take { $0.fill(from: rest, or: whole, limit) }
            rest = rest.dropFirst(used)
            if let full { try await store(full, .chunk) }
        }
    }

    /// Ends the chunk here, so that the next bytes begin a new one: at the beginning of a file, for instance, so that
    /// a resumed run finds the same chunks though something before them has changed its length.
    public func cut() async throws(RecoveryError) {
        let chunk = try take { state in
            defer { state.chunk = [] }
            return state.chunk
        }
        if !chunk.isEmpty { try await store(chunk, .chunk) }
    }

    /// Ends the archive and waits until all of it is stored.
    public func finish() async throws(RecoveryError) -> ArchiveSummary {
        try await cut()
        try take { $0.isFinished = true }
        try await backup.line.settle()
        let tally = draft.tally
        let summary = ArchiveSummary(name: name, size: tally.size, sum: tally.sum)
        var hasLists = false
        while let list = draft.takeList(atEnd: true) {
            try await store(ReferenceList.encode(list), .list)
            hasLists = true
        }
        if hasLists { try await backup.line.settle() }
        let index = draft.index(summary)
        backup.state.withLock { state in
            state.open -= 1
            state.archives.append(index)
        }
        return summary
    }

    private func take<Value: Sendable>(
        _ body: (inout State) -> Value
    ) throws(RecoveryError) -> Value {
        let value = try state.withLock { state throws(RecoveryError) in
            if let failure = state.failure { throw failure }
            return state.isFinished ? nil : body(&state)
        }
        guard let value else { throw RecoveryError(.internal, "the archive \(name) has ended") }
        return value
    }

    private func store(_ bytes: [UInt8], _ kind: FrameKind) async throws(RecoveryError) {
        if kind == .chunk, let list = draft.takeList(atEnd: false) {
            try await store(ReferenceList.encode(list), .list)
        }
        let ticket: UInt64
        do throws(RecoveryError) { ticket = try await backup.line.enter() } catch {
            state.withLock { $0.failure = error }
            throw error
        }
        let (line, draft, known, compression) = (backup.line, draft, backup.known, backup.options.compression)
        backup.threads.submit { codecs in
            let chunk = PackedChunk(bytes, kind: kind, known: known, compression: compression, codecs: codecs)
            line.deliver(chunk, of: draft, ticket)
        }
    }
}
