// SPDX-License-Identifier: Apache-2.0
// Martlet: compares a restored folder with the manifest of its backup, as pg_verifybackup does.
internal import Glibc

/// Reads every file of a folder that a manifest names; for folders on which no server has run yet.
struct FolderVerification: Sendable {
    /// What a restore writes itself.
    static let ownFiles: Set<String> = [
        "postgresql.auto.conf", "recovery.signal", "standby.signal", "tablespace_map", "backup_manifest",
    ]

    let manifest: BackupManifest

    /// What is wrong with the folder, in plain words, at most 100; empty: nothing. Blocks.
    /// - Parameter tablespaces: their folders by OID: before the first start there are no links.
    func problems(of folder: String, tablespaces: [String: String] = [:]) throws(RecoveryError) -> [String] {
        var problems: [String] = []
        for (path, expected) in manifest.files.sorted(by: { $0.key < $1.key }) {
            guard problems.count < 100 else { break }
            if Self.ownFiles.contains(path) { continue }
            let place = Self.place(of: path, in: folder, tablespaces)
            guard access(place, F_OK) == 0 else {
                problems.append("\(path) is missing")
                continue
            }
            if let problem = try compare(place, expected) { problems.append("\(path) \(problem)") }
        }
        return problems
    }

    private static func place(of path: String, in folder: String, _ tablespaces: [String: String]) -> String {
        let parts = path.split(separator: "/", maxSplits: 2)
        guard parts.count == 3, parts[0] == "pg_tblspc", let place = tablespaces[String(parts[1])] else {
            return "\(folder)/\(path)"
        }
        return "\(place)/\(parts[2])"
    }

    private func compare(_ place: String, _ expected: BackupManifest.File) throws(RecoveryError) -> String? {
        let file = try OpenFile(reading: place)
        guard var checksum = FileChecksum(expected.algorithm) else { return "has an unknown kind of checksum" }
        var size: Int64 = 0
        while true {
            let piece = try file.read(1 << 20)
            if piece.isEmpty { break }
            checksum.update(piece.span)
            size += Int64(piece.count)
        }
        if size != expected.size { return "has \(size) bytes instead of \(expected.size)" }
        if let sum = expected.checksum, sum != checksum.hexadecimal { return "has another checksum" }
        return nil
    }
}
