// SPDX-License-Identifier: Apache-2.0
// Martlet: a witness as an archive of the backup that it belongs to.
internal import Synchronization

extension Witness {
    private static let limit = 64 << 20

    /// Writes it into a backup under way.
    /// - Throws: what the writer says.
    public func write(into backup: BackupWriter) async throws(RecoveryError) {
        guard let name = ArchiveName(Self.archive) else { throw RecoveryError(.internal, "a wrong name of an archive") }
        let archive = try await backup.archive(name)
        try await archive.write(try JSONDocument.encode(self))
        _ = try await archive.finish()
    }

    /// Reads that of a backup; nil when it has none.
    /// - Throws: `.damaged`, and what the reader says.
    public static func read(from reader: BackupReader) async throws(RecoveryError) -> Witness? {
        guard let name = ArchiveName(archive), reader.archives.contains(where: { $0.name == name }) else { return nil }
        let bytes = Mutex<[UInt8]>([])
        try await reader.read(name) { piece throws(RecoveryError) in
            let size = bytes.withLock { bytes in
                bytes += piece
                return bytes.count
            }
            guard size <= limit else { throw RecoveryError(.damaged, "the backup's witness is too large") }
        }
        do throws(FormatFault) { return try JSONDocument.decode(Witness.self, from: bytes.withLock { $0 }) } catch {
            throw RecoveryError(.damaged, "the backup's witness: \(error.message)")
        }
    }
}
