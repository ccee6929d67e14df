// SPDX-License-Identifier: Apache-2.0
// Martlet: asks a server where its configuration is, and reads it.
public import Postgres

extension ServerConfiguration {
    /// Reads what lies outside of a server's data folder: by SQL, or from this machine's disk if the server runs here.
    ///
    /// By SQL it takes a superuser, or `pg_read_server_files` and the right to execute `pg_read_binary_file` and
    /// `pg_ls_dir`.
    /// - Returns: nil when all of it lies in the data folder, or when the role may not see where it is.
    /// - Throws: `.database` when it can't be read, `.request` when it is too large.
    public static func read(_ session: PostgresSession) async throws(RecoveryError) -> ServerConfiguration? {
        let place = try await ConfigurationPlace.ask(session)
        let paths = place.outside
        guard !paths.isEmpty else { return nil }
        do throws(RecoveryError) {
            return ServerConfiguration(texts: try await texts(paths, SessionFiles(session: session)))
        } catch {
            let files = LocalFiles()
            guard error.code == .database, await files.have(place) else { throw error }
            return ServerConfiguration(texts: try await texts(paths, files))
        }
    }

    private static func texts(
        _ paths: [Kind: String],
        _ files: some ServerFiles
    ) async throws(RecoveryError) -> [Kind: [UInt8]] {
        var (inclusion, texts): (ConfigurationInclusion, [Kind: [UInt8]]) = (ConfigurationInclusion(files), [:])
        for kind in Kind.allCases {
            guard let path = paths[kind] else { continue }
            guard let text = try await inclusion.text(of: path) else {
                throw RecoveryError(.database, "\(path) is not there")
            }
            texts[kind] = text
        }
        return texts
    }
}
