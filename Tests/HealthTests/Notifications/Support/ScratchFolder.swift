// SPDX-License-Identifier: Apache-2.0
// Martlet: a folder for the files of one test.

import FoundationEssentials
import TestSupport

/// A new folder under /tmp; removed when it is let go.
final class ScratchFolder: Sendable {
    let path: String

    init() throws {
        path = "/tmp/martlet-health-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func write(_ text: String, to name: String) throws {
        try Data(text.utf8).write(to: URL(filePath: "\(path)/\(name)"))
    }

    /// The file's text; nil while it does not exist.
    func read(_ name: String) -> String? {
        (try? Data(contentsOf: URL(filePath: "\(path)/\(name)"))).map { String(decoding: $0, as: UTF8.self) }
    }

    /// Waits for a file that another process writes.
    func wait(for name: String) async throws -> String {
        try await eventually("\(name) is written") { read(name)?.isEmpty == false }
        return read(name) ?? ""
    }

    /// Makes a certificate that signs itself, `name.crt` and `name.key`.
    func makeCertificate(_ name: String, subject: String) throws {
        guard let openssl = TestRedis.find("openssl") else { throw ClusterFailure("openssl is not installed") }
        let status = try TestRedis.run(
            openssl,
            [
                "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
                "-subj", "/CN=\(name)", "-addext", "subjectAltName=\(subject)", "-keyout", "\(path)/\(name).key",
                "-out", "\(path)/\(name).crt",
            ]
        )
        guard status == 0 else { throw ClusterFailure("openssl ended with \(status)") }
    }
}
