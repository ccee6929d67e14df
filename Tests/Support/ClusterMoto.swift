// SPDX-License-Identifier: Apache-2.0
// Martlet: one server of moto for all tests of a run that need what AWS has and SeaweedFS lacks.

import Glibc
import Synchronization

/// A running moto: STS, KMS, and S3 with object lock, versions, checksums and lifecycle rules.
///
/// It checks no signatures, and knows neither disabled keys nor permissions.
public final class ClusterMoto: Sendable {
    /// Moto's server.
    public static let program = PythonPrograms.find("moto_server")

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
