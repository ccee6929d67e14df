// SPDX-License-Identifier: Apache-2.0
// Martlet: keeps a restored cluster's tablespaces within the scratch folder.

/// Moves all of a backup's tablespaces.
///
/// Without that a drill on the primary's own machine would write into the primary's folders.
enum ScratchTablespaces {
    /// Folders below `parent` for each of the backup's; empty when it has none.
    static func moved(_ reader: BackupReader, to parent: String) async throws(RecoveryError) -> [String: String] {
        var moved: [String: String] = [:]
        for (oid, folder) in try await TablespaceMap.read(from: reader).folders { moved[folder] = "\(parent)/\(oid)" }
        return moved
    }
}
