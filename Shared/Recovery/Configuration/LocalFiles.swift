// SPDX-License-Identifier: Apache-2.0
// Martlet: files of a server that runs on this machine.
internal import Glibc
internal import Platform

/// Reads this machine's disk, on a thread of its own.
struct LocalFiles: ServerFiles {
    private let worker = FileWorker(name: "configuration")
    /// By how much the two notes of a server's start may differ.
    private static let tolerance: Int64 = 5

    /// Whether a server runs here: the data folder of this machine says that it was started at the same time. Another
    /// machine's may have a folder of the same name.
    func have(_ place: ConfigurationPlace) async -> Bool {
        guard let data = place.data,
            let bytes = try? await bytes(of: "\(data)/postmaster.pid", limit: 4_096)
        else { return false }
        // The process, the data folder, and the time of the start.
        let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
        guard lines.count > 2, lines[1] == data, let started = Int64(lines[2]) else { return false }
        return abs(started - place.started) <= Self.tolerance
    }

    func bytes(of path: String, limit: Int) async throws(RecoveryError) -> [UInt8]? {
        try await worker.run { () throws(RecoveryError) in
            if access(path, F_OK) != 0, errno == ENOENT { return nil }
            do throws(PlatformError) { return try FileText.bytes(path: path, limit: limit) } catch {
                throw RecoveryError(.database, "\(error)", cause: error)
            }
        }
    }

    func names(in folder: String) async throws(RecoveryError) -> [String] {
        try await worker.run { () throws(RecoveryError) in try RestoreFolder.names(in: folder) }
    }
}
