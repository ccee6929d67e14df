// SPDX-License-Identifier: Apache-2.0
// Martlet: one initialised data folder per test process, to be copied: initdb takes longer than all the rest of a start.

import Glibc

/// Makes the template at its first use.
actor ClusterTemplate {
    static let shared = ClusterTemplate()

    /// Who comes while the first one makes it waits for that one: of two, one would be removed under its reader.
    private var making: Task<ClusterFolder, any Error>?

    func path(_ programs: ClusterPrograms) async throws -> String {
        let task = making ?? Task { try await Self.make(programs) }
        making = task
        return "\(try await task.value.path)/template"
    }

    private static func make(_ programs: ClusterPrograms) async throws -> ClusterFolder {
        let made = try ClusterFolder()
        let path = "\(made.path)/template"
        if let user = programs.serverUser, let entry = getpwnam(user) {
            chown(made.path, entry.pointee.pw_uid, entry.pointee.pw_gid)
        }
        let end = try await ClusterProcess.run(
            "initdb",
            programs.prefix(death: "KILL", in: made, asServer: true) + [
                "\(programs.postgres)/initdb", "-D", path, "-U", "postgres", "--auth=trust",
                "--encoding=UTF8",
                "--locale=C",
                "--no-sync",
            ],
            environment: ["PATH": "/usr/bin:/bin", "LC_ALL": "C"],
            log: made.log("initdb"),
            within: .seconds(120)
        )
        guard end == .code(0) else {
            throw ClusterFailure("initdb failed (\(end)):\n\(made.tail("initdb", lines: 20))")
        }
        return made
    }

    /// Lets the template go.
    func remove() { making = nil }
}
