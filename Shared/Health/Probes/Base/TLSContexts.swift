// SPDX-License-Identifier: Apache-2.0
// Martlet: one TLS context for each set of options: making one reads all authorities of the system.
internal import NIOCore
internal import NIOSSL
internal import Synchronization

/// Contexts by options, made anew now and then so that renewed files count.
final class TLSContexts: Sendable {
    /// More sets of options than this are not kept.
    static let capacity = 256
    /// After this the files are read again.
    static let lifetime = Duration.seconds(300)

    private let contexts = Mutex<[TLSOptions: (context: NIOSSLContext, until: ContinuousClock.Instant)]>([:])

    /// Throws ``ProbeFailure`` with the status unknown when a file cannot be used: that says nothing about the target.
    func context(for options: TLSOptions) throws -> NIOSSLContext {
        let key = options.shared
        return try contexts.withLock { contexts in
            let now = ContinuousClock.now
            if let known = contexts[key], known.until > now { return known.context }
            let context = try Self.make(key)
            if contexts.count >= Self.capacity { contexts = contexts.filter { $0.value.until > now } }
            if contexts.count < Self.capacity { contexts[key] = (context, now + Self.lifetime) }
            return context
        }
    }

    private static func make(_ options: TLSOptions) throws(ProbeFailure) -> NIOSSLContext {
        var tls = TLSConfiguration.makeClientConfiguration()
        tls.minimumTLSVersion = .tlsv12
        tls.certificateVerification = options.isUnverified ? .none : .fullVerification
        // A peer that does not answer the farewell must not hold the descriptor for seconds.
        tls.shutdownTimeout = .milliseconds(100)
        if let file = options.authorityFile {
            tls.trustRoots = .certificates(try read("ca_file", file) { try NIOSSLCertificate.fromPEMFile(file) })
        }
        if let file = options.certificateFile {
            tls.certificateChain = try read("certificate_file", file) { try NIOSSLCertificate.fromPEMFile(file) }
                .map { .certificate($0) }
            guard let keyFile = options.privateKeyFile else {
                throw ProbeFailure("TLS: a client certificate needs its key_file", status: .unknown)
            }
            tls.privateKey = .privateKey(
                try read("key_file", keyFile) { try NIOSSLPrivateKey(file: keyFile, format: .pem) }
            )
        }
        do { return try NIOSSLContext(configuration: tls) } catch {
            throw ProbeFailure("TLS: these settings cannot be used (does the key fit?)", status: .unknown)
        }
    }

    private static func read<Value>(
        _ field: String,
        _ path: String,
        _ body: () throws -> Value
    ) throws(ProbeFailure) -> Value {
        do { return try body() } catch {
            throw ProbeFailure("TLS: \(field) \(path) cannot be read or is no PEM file", status: .unknown)
        }
    }
}

extension TLSOptions {
    /// Without what does not belong to the context, so that a thousand hosts share one.
    fileprivate var shared: TLSOptions {
        var options = self
        options.serverName = nil
        return options
    }
}
