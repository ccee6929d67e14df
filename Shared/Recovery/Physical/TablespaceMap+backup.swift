// SPDX-License-Identifier: Apache-2.0
// Martlet: finds out where a backup's tablespaces lay, before anything of it is restored.
internal import Synchronization

extension TablespaceMap {
    private static let name = "tablespace_map"
    /// The server puts the map at the beginning of the first archive.
    private static let limit = 4 << 20

    /// The map of a backup; an empty one when it has no tablespaces.
    /// - Throws: `.damaged`, and what the reader says.
    static func read(from reader: BackupReader) async throws(RecoveryError) -> TablespaceMap {
        guard reader.archives.contains(where: { PhysicalArchives.oid($0.name) != nil }) else { return TablespaceMap() }
        return try TablespaceMap(try await bytes(reader))
    }

    private struct State {
        var tar = TarReader()
        var isInside = false
        var isWhole = false
        var content: [UInt8] = []
        var read = 0
    }

    private static func bytes(_ reader: BackupReader) async throws(RecoveryError) -> [UInt8] {
        let state = Mutex(State())
        do throws(RecoveryError) {
            try await reader.read(PhysicalArchives.base) { piece throws(RecoveryError) in
                let result: Result<Bool, RecoveryError> = state.withLock { state in
                    do throws(RecoveryError) { return .success(try take(piece, &state)) } catch {
                        return .failure(error)
                    }
                }
                // The rest is of no use here.
                if try result.get() { throw RecoveryError(.cancelled, "the map was found") }
            }
        } catch {
            guard state.withLock(\.isWhole) else { throw error }
        }
        let (isWhole, content) = state.withLock { ($0.isWhole, $0.content) }
        guard isWhole else { throw RecoveryError(.damaged, "the backup says not where its tablespaces lay") }
        return content
    }

    private static func take(_ piece: [UInt8], _ state: inout State) throws(RecoveryError) -> Bool {
        var position = 0
        while let part = try state.tar.next(in: piece.span, at: &position) {
            switch part {
            case .entry(let entry): state.isInside = entry.path == name
            case .content(let range): if state.isInside { state.content += piece[range] }
            case .entryEnd: if state.isInside { state.isWhole = true }
            }
            if state.isWhole { return true }
        }
        state.read += piece.count
        guard state.read < limit else {
            throw RecoveryError(.damaged, "the backup says not at its beginning where its tablespaces lay")
        }
        return false
    }
}
