// SPDX-License-Identifier: Apache-2.0
// Martlet: an authority of a test run and certificates of it, good and bad, made by the openssl command.

import Foundation
import NIOSSL
import TestSupport

@testable import Health

/// Certificates for `probe.test`, `localhost`, 127.0.0.1 and ::1.
final class TestAuthority: Sendable {
    /// Kinds of server certificate.
    enum Leaf: String, CaseIterable {
        case good, expired, future, elsewhere, selfsigned
    }

    let folder: String
    /// Trusts this authority.
    var tls: TLSOptions { TLSOptions(authorityFile: "\(folder)/ca.pem") }
    var clientTLS: TLSOptions {
        TLSOptions(
            authorityFile: "\(folder)/ca.pem",
            certificateFile: "\(folder)/good.pem",
            privateKeyFile: "\(folder)/good.key"
        )
    }

    private static let script = """
        set -e
        mkdir new; : > index; echo 01 > serial
        cat > ca.cnf <<END
        [ca]
        default_ca = me
        [me]
        dir = .
        database = index
        serial = serial
        new_certs_dir = new
        certificate = ca.pem
        private_key = ca.key
        default_md = sha256
        policy = any
        unique_subject = no
        [any]
        commonName = supplied
        END
        key="-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes"
        openssl req -x509 $key -keyout ca.key -out ca.pem -days 3650 -subj "/CN=Test CA"
        here="subjectAltName=DNS:probe.test,DNS:localhost,IP:127.0.0.1,IP:::1"
        leaf() {
            openssl req $key -keyout $1.key -out $1.csr -subj "/CN=$1"
            echo "$4" > $1.ext
            openssl ca -batch -config ca.cnf -in $1.csr -out $1.pem -notext -startdate $2 -enddate $3 -extfile $1.ext
        }
        leaf good 20200101000000Z 20480101000000Z "$here"
        leaf expired 20200101000000Z 20210101000000Z "$here"
        leaf future 20470101000000Z 20480101000000Z "$here"
        leaf elsewhere 20200101000000Z 20480101000000Z "subjectAltName=DNS:elsewhere.test"
        openssl req -x509 $key -keyout selfsigned.key -out selfsigned.pem -days 2 -subj "/CN=probe.test" -addext "$here"
        """

    init() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("martlet-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        self.folder = folder.path
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/sh")
        process.arguments = ["-c", Self.script]
        process.currentDirectoryURL = folder
        process.standardError = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw ClusterFailure("openssl could not make the certificates") }
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    func server(_ leaf: Leaf, demandsClient: Bool = false) throws -> NIOSSLContext {
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: try NIOSSLCertificate.fromPEMFile("\(folder)/\(leaf.rawValue).pem").map {
                .certificate($0)
            },
            privateKey: .privateKey(try NIOSSLPrivateKey(file: "\(folder)/\(leaf.rawValue).key", format: .pem))
        )
        if demandsClient {
            configuration.certificateVerification = .noHostnameVerification
            configuration.trustRoots = .file("\(folder)/ca.pem")
        }
        return try NIOSSLContext(configuration: configuration)
    }
}
