// SPDX-License-Identifier: Apache-2.0
// Martlet: finds PostgreSQL's own programs.
internal import FoundationEssentials
internal import Glibc
internal import Platform

/// Where PostgreSQL's programs may be: in one folder that was set, or in PATH and Debian's `/usr/lib/postgresql/*/bin`.
///
/// Of several versions that are new enough the oldest is taken: what it writes can be read by the most servers.
public struct PostgresPrograms: Sendable {
    /// A program that was found.
    struct Found: Sendable {
        var path: String
        var version: ProgramVersion
    }

    let folders: [String]
    private let isFixed: Bool

    /// Looks in `folder` alone, or without one wherever they usually are.
    public init(folder: String? = nil) {
        self.init(folder: folder, path: getenv("PATH").map { String(cString: $0) } ?? "", root: "/usr/lib/postgresql")
    }

    init(folder: String?, path: String, root: String) {
        isFixed = folder != nil
        if let folder {
            folders = [folder]
            return
        }
        let versions = (try? FileManager.default.contentsOfDirectory(atPath: root)) ?? []
        let usual = versions.compactMap(Int.init).sorted(by: >).map { "\(root)/\($0)/bin" }
        folders = usual + path.split(separator: ":").map(String.init).filter { $0.hasPrefix("/") }
    }

    /// The program of at least this version.
    /// - Throws: `.program` when there is none, with what was found instead.
    func find(_ name: String, atLeast version: ProgramVersion) async throws(RecoveryError) -> Found {
        var best: Found?
        var seen: [String] = []
        for folder in folders {
            let path = "\(folder)/\(name)"
            guard access(path, X_OK) == 0 else { continue }
            let answer = try await ProgramRun(path, ["--version"], deadline: .seconds(20)).text(limit: 4_096)
            guard let found = ProgramVersion(answer: answer) else { continue }
            seen.append("\(path) of version \(found)")
            guard found >= version else { continue }
            if found < best?.version ?? ProgramVersion(major: .max) { best = Found(path: path, version: found) }
        }
        if let best { return best }
        let place = isFixed ? folders.joined() : "PATH and /usr/lib/postgresql"
        guard !seen.isEmpty else { throw RecoveryError(.program, "there is no \(name) in \(place)") }
        throw RecoveryError(
            .program,
            "\(name) of version \(version) or newer is needed; \(place) has only \(seen.joined(separator: ", "))"
        )
    }
}
