// SPDX-License-Identifier: Apache-2.0
// Martlet: one archive under way.
internal import Platform
internal import Crypto
internal import Synchronization

/// Writes one archive of a backup; its owner calls one operation at a time, in order.
public final class ArchiveWriter: Sendable {
    private struct State {
        var chunk: [UInt8] = []
        var sum = SHA256()
        var size: Int64 = 0
        var isFinished = false
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
        let chunks = try take { state in
            state.sum.update(data: bytes)
            state.size += Int64(bytes.count)
            return Self.cut(bytes, into: &state.chunk, limit)
        }
        for chunk in chunks { try await store(chunk, .chunk) }
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
        let summary = try take { state in
            state.isFinished = true
            return ArchiveSummary(name: name, size: state.size, sum: SHA256Sum(state.sum.finalize()))
        }
        try await backup.line.settle()
        while let list = draft.takeList(atEnd: true) {
            try await store(ReferenceList.encode(list), .list)
        }
        try await backup.line.settle()
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
        let value = state.withLock { state in state.isFinished ? nil : body(&state) }
        guard let value else { throw RecoveryError(.internal, "the archive \(name) has ended") }
        return value
    }

    private func store(_ bytes: [UInt8], _ kind: FrameKind) async throws(RecoveryError) {
        if kind == .chunk, let list = draft.takeList(atEnd: false) {
            try await store(ReferenceList.encode(list), .list)
        }
        let ticket = try await backup.line.enter()
        let (line, draft, known, compression) = (backup.line, draft, backup.known, backup.options.compression)
        backup.threads.submit { codecs in
            let chunk = PackedChunk(bytes, kind: kind, known: known, compression: compression, codecs: codecs)
            line.deliver(chunk, of: draft, ticket)
        }
    }

    /// Fills the chunk under way and returns those that are full. Whole chunks of the right size are not copied.
    private static func cut(_ bytes: [UInt8], into chunk: inout [UInt8], _ limit: Int) -> [[UInt8]] {
        if chunk.isEmpty, bytes.count == limit { return [bytes] }
        var full: [[UInt8]] = []
        var rest = bytes[...]
        while !rest.isEmpty {
            if chunk.isEmpty { chunk.reserveCapacity(limit) }
            let part = rest.prefix(limit - chunk.count)
            chunk.append(contentsOf: part)
            rest = rest.dropFirst(part.count)
            if chunk.count == limit {
                full.append(chunk)
                chunk = []
            }
        }
        return full
    }
}
