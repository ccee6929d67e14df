// SPDX-License-Identifier: Apache-2.0
// Martlet: one server of moto for all tests of a run that need AWS KMS.

import Glibc
import Synchronization

/// A running moto; it checks no signatures, and knows neither disabled keys nor permissions.
public final class ClusterMoto: Sendable {
    /// Moto's server: beside the interpreter that `./dev test` names, or in `PATH`.
    public static let program: String? = {
        if let python = getenv("MARTLET_TEST_PYTHON").map({ String(cString: $0) }),
            let slash = python.lastIndex(of: "/")
        {
            let path = python[...slash] + "moto_server"
            if access(String(path), X_OK) == 0 { return String(path) }
        }
        return TestRedis.find("moto_server")
    }()

    /// Why tests may not use it.
    public static let reason = "moto_server is not installed; ./dev test installs it"

    /// The running server, started by the first who asks.
    public static let shared = Task { try await ClusterMoto() }

    /// Where it listens.
    public let endpoint: String
    private let process: ClusterProcess
    private let log: String

    private init() async throws {
        guard let program = Self.program else { throw ClusterFailure(Self.reason) }
        let port = try ClusterPort.free()
        endpoint = "http://127.0.0.1:\(port)"
        log = "/tmp/martlet-moto-\(getpid()).log"
        process = try await ClusterProcess.launch(
            program,
            ["/usr/bin/env", "setpriv", "--pdeathsig", "KILL", program, "-H", "127.0.0.1", "-p", "\(port)"],
            environment: ["PATH": getenv("PATH").map { String(cString: $0) } ?? "/usr/bin:/bin", "HOME": "/tmp"],
            log: log
        )
        let process = process
        try await eventually("moto answers") {
            guard process.end == nil else { throw ClusterFailure("moto ended") }
            return (try? await ClusterRequest.get("/moto-api/data.json").reply(from: port))?.status == 200
        }
        unlink(log)
    }
}
