// SPDX-License-Identifier: Apache-2.0
// Martlet: reads archives.
internal import ObjectStore

extension BackupReader {
    /// Reads an archive from its beginning to its end: its chunks in order, several of them fetched and opened ahead.
    ///
    /// What the body was given is right as far as it goes, but only a normal return says that the archive is whole.
    /// - Throws: `.notFound` when there is no such archive; `.damaged`, `.store`, `.cancelled`, and what the body throws.
    public func read(
        _ name: ArchiveName,
        _ body: ([UInt8]) async throws(RecoveryError) -> Void
    ) async throws(RecoveryError) {
        guard let archive = index[name] else {
            throw RecoveryError(.notFound, "the backup has no archive \(name)", object: entry.path.entry)
        }
        var tally = ArchiveTally()
        for list in archive.lists {
            let bytes = try await fetch(ChunkRun(references: [list]), .list)
            for part in bytes {
                let references: [ChunkReference]
                do throws(FormatFault) { references = try ReferenceList.decode(part) } catch {
                    throw error.error(in: entry.path.volume(list.volume), at: Int64(list.offset))
                }
                tally.add(references)
                try await read(ChunkRun.join(references), body)
            }
        }
        tally.add(archive.references)
        try await read(ChunkRun.join(archive.references), body)
        guard tally.fits(archive.summary) else {
            throw RecoveryError(.damaged, "the SHA-256 of the archive \(name) does not fit", object: entry.path.entry)
        }
    }

    private func read(
        _ runs: [ChunkRun],
        _ body: ([UInt8]) async throws(RecoveryError) -> Void
    ) async throws(RecoveryError) {
        let result = await withTaskGroup(of: (Int, Result<[[UInt8]], RecoveryError>).self) {
            group -> Result<Void, RecoveryError> in
            var ready: [Int: Result<[[UInt8]], RecoveryError>] = [:]
            var begun = 0
            func begin() {
                guard begun < runs.count else { return }
                let (number, run) = (begun, runs[begun])
                begun += 1
                group.addTask { (number, await self.attempt(run)) }
            }
            for _ in 0..<window { begin() }
            for number in runs.indices {
                while ready[number] == nil, let (other, result) = await group.next() { ready[other] = result }
                do throws(RecoveryError) {
                    guard let chunks = try ready.removeValue(forKey: number)?.get() else { return .success(()) }
                    if Task.isCancelled { throw RecoveryError(.cancelled, "the reading was cancelled") }
                    begin()
                    for chunk in chunks { try await body(chunk) }
                } catch {
                    group.cancelAll()
                    return .failure(error)
                }
            }
            return .success(())
        }
        try result.get()
    }

    private func attempt(_ run: ChunkRun) async -> Result<[[UInt8]], RecoveryError> {
        do throws(RecoveryError) { return .success(try await fetch(run, .chunk)) } catch { return .failure(error) }
    }

    /// Fetches and opens a run of chunks, from another copy where the first one is damaged.
    func fetch(_ run: ChunkRun, _ kind: FrameKind) async throws(RecoveryError) -> [[UInt8]] {
        try await store.fromAnyCopy { store throws(RecoveryError) in try await fetch(run, kind, from: store) }
    }

    private func fetch(
        _ run: ChunkRun,
        _ kind: FrameKind,
        from store: any ObjectStore
    ) async throws(RecoveryError) -> [[UInt8]] {
        let name = entry.path.volume(run.volume)
        guard let seal = volumes[run.volume]?.seal(of: entry.id, by: key) else {
            throw FormatFault("the index has no such volume").error(in: name)
        }
        let bytes = try await fetch(name, run.range, from: store)
        return try await threads.run { codecs throws(RecoveryError) in
            var cursor = ByteCursor(bytes)
            var chunks: [[UInt8]] = []
            for reference in run.references {
                do throws(FormatFault) {
                    chunks.append(try Self.open(&cursor, reference, kind, seal, codecs))
                } catch {
                    throw error.error(in: name, at: Int64(reference.offset))
                }
            }
            return chunks
        }
    }

    private static func open(
        _ cursor: inout ByteCursor,
        _ reference: ChunkReference,
        _ kind: FrameKind,
        _ seal: FrameSeal,
        _ codecs: CodecContext
    ) throws(FormatFault) -> [UInt8] {
        let header = try FrameHeader(&cursor)
        guard header.kind == kind, header.number == reference.frame, header.plain == reference.plain,
            header.frameSize == reference.stored, let sealed = cursor.take(header.stored + FrameHeader.tagSize)
        else { throw FormatFault("there is another frame than the index says") }
        let plain = try codecs.expand(try seal.open(header, sealed), by: header.codec, to: header.plain)
        guard SHA256Sum(of: plain) == reference.sum else { throw FormatFault("the SHA-256 of the chunk does not fit") }
        return plain
    }

    private func fetch(
        _ name: ObjectKey,
        _ range: Range<Int64>,
        from store: any ObjectStore
    ) async throws(RecoveryError) -> [UInt8] {
        try await pace.pass(range.count)
        var bytes: [UInt8] = []
        bytes.reserveCapacity(range.count)
        do throws(ObjectStoreError) {
            let download = try await store.download(name, range: range)
            do throws(ObjectStoreError) {
                while let part = try await download.next() { bytes += part }
            } catch {
                await download.close()
                throw error
            }
            await download.close()
        } catch {
            // The backup is there, and a part of it is not.
            guard error.code != .notFound else { throw FormatFault(DamageReport.missing).error(in: name) }
            throw RecoveryError(error)
        }
        guard bytes.count == range.count else {
            throw FormatFault("it ends too early").error(in: name, at: range.lowerBound + Int64(bytes.count))
        }
        return bytes
    }
}
