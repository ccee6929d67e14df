// SPDX-License-Identifier: Apache-2.0
// Martlet: rows of an export that only the key ring opens.
internal import FoundationEssentials
internal import ObjectStore

/// Rows as a ``SealedObject``, bound to the export and the section that they are of.
struct SealedRows: Codable, Sendable {
    /// How many there are.
    let rows: Int
    /// The sealed JSON.
    let sealed: Data

    init(_ rows: [some ExportRow], name: ObjectKey, keys: KeyRing) throws(RecoveryError) {
        var options = VaultOptions()
        // Whatever backups are: an export goes by mail and lies in version control.
        options.isEncrypted = true
        let json = try JSONDocument.encode(rows)
        self.rows = rows.count
        sealed = Data(try SealedObject.seal(json, name: name, keys: keys, options: options))
    }

    func open<Row: ExportRow>(_ type: Row.Type, name: ObjectKey, keys: KeyRing) throws(RecoveryError) -> [Row] {
        let json = try SealedObject.open(Array(sealed), name: name, keys: keys)
        do throws(FormatFault) { return try JSONDocument.decode([Row].self, from: json) } catch {
            throw error.error(in: name)
        }
    }
}
