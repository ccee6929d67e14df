// SPDX-License-Identifier: Apache-2.0
// Martlet: checks every stored byte of a backup.
internal import ObjectStore

extension BackupReader {
    /// Reads all volumes and indexes and reports all damage; what is whole is passed over in silence.
    ///
    /// Head, entry and index were checked by ``open(_:in:keys:pace:threads:)``; they are read once more. Volumes are
    /// checked as many at once as there are threads, in a few MiB of memory each.
    /// - Throws: `.store` when the store can't be read, `.cancelled`. Damage is reported, each once, not thrown.
    public func scan(_ found: (DamageReport) -> Void) async throws(RecoveryError) {
        var missing: Set<ObjectKey> = []
        func tell(_ report: DamageReport) {
            // A volume that is not there is met twice: as a whole, and where an archive's lists lie in it.
            if report.message == DamageReport.missing, !missing.insert(report.object).inserted { return }
            found(report)
        }
        for report in try await scanFrame() { tell(report) }
        let result = await withTaskGroup(of: Result<[DamageReport], RecoveryError>.self) {
            group -> Result<Void, RecoveryError> in
            var rest = entry.volumes[...]
            func begin() {
                guard let volume = rest.popFirst() else { return }
                group.addTask { await self.attempt(volume) }
            }
            for _ in 0..<max(1, window - 2) { begin() }
            while let result = await group.next() {
                do throws(RecoveryError) { for report in try result.get() { tell(report) } } catch {
                    group.cancelAll()
                    return .failure(error)
                }
                begin()
            }
            return .success(())
        }
        try result.get()
        try await scanReferences(tell)
    }

    private func attempt(_ volume: VolumeSummary) async -> Result<[DamageReport], RecoveryError> {
        do throws(RecoveryError) {
            var scan = VolumeScan(volume, of: self)
            return .success(try await scan.run())
        } catch {
            return .failure(error)
        }
    }

    /// Head, entry and index, as they are stored now.
    private func scanFrame() async throws(RecoveryError) -> [DamageReport] {
        do throws(RecoveryError) {
            let checked = try await CatalogueEntry.load(entry.id, of: entry.system, in: store, keys: keys)
            guard checked.entry == entry, checked.standing == .verified else {
                return [DamageReport(object: entry.path.entry, offset: nil, message: "it is another entry by now")]
            }
            _ = try await Self.parts(of: entry, in: store, keys: keys)
            return []
        } catch {
            return [try DamageReport(error, or: entry.path.entry)]
        }
    }

    /// Whether each reference of each archive means a frame that its volume has.
    private func scanReferences(_ found: (DamageReport) -> Void) async throws(RecoveryError) {
        var shelf: [UInt32: Set<ChunkReference>] = [:]
        for archive in entry.archives.compactMap({ index[$0.name] }) {
            var (tally, isRead) = (ArchiveTally(), true)
            for list in archive.lists {
                do throws(RecoveryError) {
                    for part in try await fetch(ChunkRun(references: [list]), .list) {
                        let references: [ChunkReference]
                        do throws(FormatFault) { references = try ReferenceList.decode(part) } catch {
                            throw error.error(in: entry.path.volume(list.volume), at: Int64(list.offset))
                        }
                        tally.add(references)
                        try await check(references, of: archive, &shelf, found)
                    }
                } catch {
                    found(try DamageReport(error, or: entry.path.volume(list.volume)))
                    isRead = false
                }
            }
            tally.add(archive.references)
            try await check(archive.references, of: archive, &shelf, found)
            guard isRead, !tally.fits(archive.summary) else { continue }
            let message = "the chunks of archive \(archive.summary.name) are not those that it had"
            found(DamageReport(object: entry.path.index(entry.attempt), offset: nil, message: message))
        }
    }

    private func check(
        _ references: [ChunkReference],
        of archive: ArchiveIndex,
        _ shelf: inout [UInt32: Set<ChunkReference>],
        _ found: (DamageReport) -> Void
    ) async throws(RecoveryError) {
        for reference in references {
            if shelf[reference.volume] == nil {
                if shelf.count >= 8 { shelf = [:] }
                shelf[reference.volume] = try await frames(ofVolume: reference.volume)
            }
            let frames = shelf[reference.volume] ?? []
            // A volume whose index can't be read was reported with it.
            let isTold = frames.isEmpty && volumes[reference.volume] != nil
            guard !isTold, !frames.contains(reference) else { continue }
            let message = "archive \(archive.summary.name) needs a chunk that is not there"
            found(
                DamageReport(
                    object: entry.path.volume(reference.volume),
                    offset: Int64(reference.offset),
                    message: message
                )
            )
        }
    }

    /// The frames of a volume; none when its index is damaged or missing.
    private func frames(ofVolume number: UInt32) async throws(RecoveryError) -> Set<ChunkReference> {
        let path = entry.path
        do throws(RecoveryError) {
            let index = try await VolumeIndex.load(number, at: path, in: store, keys: keys, data: key)
            return Set(index.frames.map(\.reference))
        } catch {
            _ = try DamageReport(error, or: path.volumeIndex(number))
            return []
        }
    }
}
