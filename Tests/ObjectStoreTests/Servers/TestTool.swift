// SPDX-License-Identifier: Apache-2.0
// Martlet: finds and starts the servers that stores are tested against.
import Glibc
import TestSupport

/// A program of the tests' Python environment, or of the system.
enum TestTool {
    /// SeaweedFS, a real S3 server.
    static let seaweed = PythonPrograms.find("weed")

    static let noSeaweed = "SeaweedFS (weed) is not installed; ./dev test installs it"

    /// Starts a program that dies with the tests, whatever ends them.
    static func launch(_ program: String, _ arguments: [String], in folder: TestFolder) async throws -> ClusterProcess {
        let path = getenv("PATH").map { String(cString: $0) } ?? "/usr/bin:/bin"
        let prefix = ["/usr/bin/env", "setpriv", "--pdeathsig", "KILL"]
        return try await ClusterProcess.launch(
            program,
            prefix + [program] + arguments,
            environment: ["PATH": path, "HOME": folder.path, "TMPDIR": folder.path],
            log: folder.path + "/log"
        )
    }
}
