// SPDX-License-Identifier: Apache-2.0
// Martlet: a certificate authority for one test run, made by the openssl command, so that no private key lies in the repository.
import Foundation
import NIOCore
import NIOSSL
import Synchronization

/// An authority and a certificate of it for `hook.test` and 127.0.0.1.
struct TestCertificates {
    let authority: [NIOSSLCertificate]
    let server: NIOSSLContext
    let serverNames = ServerNames()

    static let script = """
        set -e
        openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout ca.key -out ca.pem -days 2 -subj "/CN=Test CA"
        openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout leaf.key -out leaf.csr -subj "/CN=hook.test"
        printf 'subjectAltName=DNS:hook.test,IP:127.0.0.1' > ext
        openssl x509 -req -in leaf.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile ext -out leaf.pem
        """

    init() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("martlet-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/sh")
        process.arguments = ["-c", Self.script]
        process.currentDirectoryURL = folder
        process.standardError = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        authority = try NIOSSLCertificate.fromPEMFile(folder.appendingPathComponent("ca.pem").path)
        let chain = try NIOSSLCertificate.fromPEMFile(folder.appendingPathComponent("leaf.pem").path)
        let key = try NIOSSLPrivateKey(file: folder.appendingPathComponent("leaf.key").path, format: .pem)
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: chain.map { .certificate($0) },
            privateKey: .privateKey(key)
        )
        configuration.sslContextCallback = { [serverNames] values, promise in
            serverNames.add(values.serverHostname)
            promise.succeed(.noChanges)
        }
        server = try NIOSSLContext(configuration: configuration)
    }
}

/// The names that clients indicated.
final class ServerNames: Sendable {
    private let names = Mutex<[String?]>([])
    var all: [String?] { names.withLock { $0 } }
    func add(_ name: String?) { names.withLock { $0.append(name) } }
}
