// SPDX-License-Identifier: Apache-2.0
// Martlet: errors of sockets and protocols in words.
internal import Glibc
internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix
internal import NIOSSL

/// Names what people can act on, and leaves out the library's own wording.
enum NetworkTrouble {
    static func failure(_ error: any Error) -> ProbeFailure {
        switch error {
        case let error as ProbeFailure: error
        case let error as ProbeConfigurationError: ProbeFailure(error.description, status: .unknown)
        case let error as NIOConnectionError:
            // One address that refuses says more than another that has no route.
            worst(error.connectionErrors.map { failure($0.error) }) ?? ProbeFailure("name not found: \(error.host)")
        case let error as IOError: socket(error)
        case let error as ChannelError: channel(error)
        case is NIOSSLError, is NIOSSLExtraError, is BoringSSLError: handshake(error)
        case let error as HTTPParserError: ProbeFailure(http(error))
        default: ProbeFailure("the connection failed: \(error)")
        }
    }

    /// An error before the handshake was done.
    static func handshake(_ error: any Error) -> ProbeFailure {
        let text = "\(error)"
        if text.contains("WRONG_VERSION_NUMBER") || text.contains("HTTP_REQUEST") {
            return ProbeFailure("the TLS handshake failed: the server does not speak TLS")
        }
        if text.contains("CERTIFICATE_REQUIRED") || text.contains("HANDSHAKE_FAILURE_ON_CLIENT_HELLO")
            || text.contains("BAD_CERTIFICATE") || text.contains("UNKNOWN_CA")
        {
            return ProbeFailure("the TLS handshake failed: the server refuses the client certificate, or wants one")
        }
        if text.contains("eofDuringHandshake") || text.contains("EOF during handshake")
            || text.contains("uncleanShutdown")
        {
            return ProbeFailure("the connection was closed in the TLS handshake")
        }
        if let error = error as? IOError {
            return ProbeFailure("in the TLS handshake: \(socket(error).reason)")
        }
        // `error:…:OPENSSL_internal:REASON at file:line`: the reason alone says something.
        let reason = text.split(separator: "OPENSSL_internal:").dropFirst().first?.prefix { $0.isLetter || $0 == "_" }
        return ProbeFailure("the TLS handshake failed: \(reason.map(String.init) ?? text)")
    }

    private static func socket(_ error: IOError) -> ProbeFailure {
        switch error.errnoCode {
        case ECONNREFUSED: ProbeFailure("connection refused")
        case ECONNRESET, EPIPE: ProbeFailure("connection reset")
        case ENETUNREACH: ProbeFailure("no route: the network is unreachable")
        case EHOSTUNREACH, EHOSTDOWN: ProbeFailure("no route: the host is unreachable")
        case ETIMEDOUT: ProbeFailure("the host did not answer the connection in time")
        case EMFILE, ENFILE: ProbeFailure("this process has no file descriptors left", status: .unknown)
        case EADDRNOTAVAIL: ProbeFailure("this host has no local ports left", status: .unknown)
        default: ProbeFailure("the connection failed: \(words(error.errnoCode))")
        }
    }

    static func words(_ code: Int32) -> String { strerror(code).map { String(cString: $0) } ?? "error \(code)" }

    private static func channel(_ error: ChannelError) -> ProbeFailure {
        switch error {
        case .connectTimeout: ProbeFailure("timed out while connecting")
        case .ioOnClosedChannel, .alreadyClosed, .inputClosed, .outputClosed, .eof: ProbeFailure("connection reset")
        default: ProbeFailure("the connection failed: \(error)")
        }
    }

    private static func http(_ error: HTTPParserError) -> String {
        error == .invalidEOFState ? "the connection was closed before the answer was complete" : "malformed HTTP answer"
    }

    private static func worst(_ failures: [ProbeFailure]) -> ProbeFailure? {
        failures.first { $0.reason == "connection refused" } ?? failures.first
    }
}
