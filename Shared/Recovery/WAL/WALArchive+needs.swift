// SPDX-License-Identifier: Apache-2.0
// Martlet: whether an archive has the log that a backup needs.
internal import ObjectStore
public import Postgres

extension WALArchive {
    /// The first segment of a timeline behind another one that the archive has anything of.
    func next(after segment: WALSegment) async throws(RecoveryError) -> WALSegment? {
        var last: ObjectKey? = try key(.segment(segment))
        while true {
            let page: ObjectPage
            do throws(ObjectStoreError) {
                page = try await store.list(prefix: folder(segment.timeline), after: last, limit: 100)
            } catch {
                throw RecoveryError(error)
            }
            for object in page.objects {
                let parts = object.key.description.split(separator: "/")
                guard parts.count >= 4, let found = WALSegment(parts[3].prefix { $0 != "." }) else { continue }
                // Notes and `.partial` files have the segment's name in theirs.
                let isLog = parts[3].count == 24 || parts[3].hasSuffix(".part")
                if isLog, found > segment { return found }
            }
            guard page.hasMore, let end = page.objects.last?.key else { return nil }
            last = end
        }
    }

    /// The segments that are missing between two positions of a timeline, pieces counted; looks at each once.
    public func missing(
        from start: LSN,
        to end: LSN,
        timeline: UInt32,
        segmentSize: Int
    ) async throws(RecoveryError) -> [WALSegment] {
        var missing: [WALSegment] = []
        var segment = WALSegment(timeline: timeline, holding: start, size: segmentSize)
        while let begin = segment.start(size: segmentSize), begin < end, missing.count < 100 {
            let name = try key(.segment(segment))
            let isWhole: Bool
            do throws(ObjectStoreError) { isWhole = try await store.info(name) != nil } catch {
                throw RecoveryError(error)
            }
            if !isWhole {
                let needed = min(segmentSize, Int(end.value - begin.value))
                if WALCoverage.prefix(of: try await pieces(of: segment)) < needed { missing.append(segment) }
            }
            segment = segment.next(size: segmentSize)
        }
        return missing
    }

    /// Waits until the archive has all that a backup needs to be restored.
    /// - Throws: `.missingLog` with the first segment that is missing when `patience` is over: the server archives
    ///   nothing, or not here.
    public func awaitLog(of outcome: PhysicalOutcome, within patience: Duration) async throws(RecoveryError) {
        guard let start = outcome.facts.startLSN, let end = outcome.facts.endLSN, let timeline = outcome.facts.timeline
        else { return }
        let deadline = ContinuousClock.now + patience
        while true {
            let missing = try await self.missing(
                from: start,
                to: end,
                timeline: timeline,
                segmentSize: outcome.segmentSize
            )
            guard let first = missing.first else { return }
            guard ContinuousClock.now < deadline else {
                throw RecoveryError(
                    .missingLog,
                    "\(first) is not in the archive after \(patience): does the server archive its log into this store?"
                )
            }
            do { try await Task.sleep(for: .milliseconds(500)) } catch {
                throw RecoveryError(.cancelled, "cancelled while the log was awaited")
            }
        }
    }
}
