// SPDX-License-Identifier: Apache-2.0
// Martlet: configuration files as archives of the backup beside which they lie.
internal import Synchronization

extension ServerConfiguration {
    private static func archive(_ kind: Kind) throws(RecoveryError) -> ArchiveName {
        guard let name = ArchiveName("configuration/\(kind.rawValue)") else {
            throw RecoveryError(.internal, "a wrong name of an archive")
        }
        return name
    }

    /// Writes them into a backup under way.
    /// - Throws: what the writer says.
    public func write(into backup: BackupWriter) async throws(RecoveryError) {
        for kind in Kind.allCases {
            guard let text = texts[kind] else { continue }
            let archive = try await backup.archive(try Self.archive(kind))
            try await archive.write(text)
            _ = try await archive.finish()
        }
    }

    /// Reads those of a backup; empty when it has none.
    /// - Throws: `.damaged`, and what the reader says.
    public static func read(from reader: BackupReader) async throws(RecoveryError) -> ServerConfiguration {
        var texts: [Kind: [UInt8]] = [:]
        for kind in Kind.allCases {
            let name = try archive(kind)
            guard reader.archives.contains(where: { $0.name == name }) else { continue }
            let bytes = Mutex<[UInt8]>([])
            try await reader.read(name) { piece throws(RecoveryError) in
                let size = bytes.withLock { bytes in
                    bytes += piece
                    return bytes.count
                }
                // What files are joined by takes some room as well.
                guard size <= 2 * ConfigurationInclusion.largest else {
                    throw RecoveryError(.damaged, "the backup's \(kind.rawValue) is too large")
                }
            }
            texts[kind] = bytes.withLock { $0 }
        }
        return ServerConfiguration(texts: texts)
    }
}
