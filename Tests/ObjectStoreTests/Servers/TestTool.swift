// SPDX-License-Identifier: Apache-2.0
// Martlet: finds and starts the servers that stores are tested against.
import Glibc
import TestSupport

/// A program of the tests' Python environment, or of the system.
enum TestTool {
    /// SeaweedFS, a real S3 server.
    static let seaweed = find("weed")
    /// Moto's server: STS, KMS and what S3 has that SeaweedFS lacks.
    static let moto = find("moto_server")

    static let noSeaweed = "SeaweedFS (weed) is not installed; ./dev test installs it"
    static let noMoto = "moto_server is not installed; ./dev test installs it"

    /// Beside the interpreter that `./dev test` names, or in `PATH`.
    private static func find(_ program: String) -> String? {
        if let python = getenv("MARTLET_TEST_PYTHON").map({ String(cString: $0) }),
            let slash = python.lastIndex(of: "/")
        {
            let path = python[...slash] + program
            if access(String(path), X_OK) == 0 { return String(path) }
        }
        return TestRedis.find(program)
    }

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
