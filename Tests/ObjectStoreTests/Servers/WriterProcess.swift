// SPDX-License-Identifier: Apache-2.0
// Martlet: the program StoreWriter.
import Glibc
import ObjectStore
import Platform
import TestSupport

/// Starts the program and reads what it prints.
enum WriterProcess {
    /// Beside the tests, where it is built; nil if it isn't there.
    static let path: String? = {
        let named = getenv("MARTLET_TEST_BIN").map { String(cString: $0) }
        var buffer = [CChar](repeating: 0, count: 4096)
        let count = max(0, readlink("/proc/self/exe", &buffer, buffer.count - 1))
        let own = String(decoding: buffer[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
        let folder = own.lastIndex(of: "/").map { String(own[..<$0]) }
        return [named, folder].compactMap { $0 }.map { $0 + "/StoreWriter" }.first { access($0, X_OK) == 0 }
    }()

    /// Starts it with the credentials of the tests' server.
    static func launch(_ arguments: [String], in folder: TestFolder) async throws -> ClusterProcess {
        guard let path else { throw ClusterFailure("StoreWriter is not built") }
        return try await ClusterProcess.launch(
            "writer",
            ["/usr/bin/env", "setpriv", "--pdeathsig", "KILL", path] + arguments,
            environment: [
                "PATH": getenv("PATH").map { String(cString: $0) } ?? "/usr/bin:/bin",
                "AWS_ACCESS_KEY_ID": SeaweedServer.credentials.accessKeyID,
                "AWS_SECRET_ACCESS_KEY": SeaweedServer.credentials.secretAccessKey.reveal(),
            ],
            log: folder.path + "/said"
        )
    }

    /// What it has printed.
    static func lines(in folder: TestFolder) -> [String] {
        var lines = folder.text("said").split(separator: "\n", omittingEmptySubsequences: false)
        lines.removeLast()
        return lines.map { String($0) }
    }
}
