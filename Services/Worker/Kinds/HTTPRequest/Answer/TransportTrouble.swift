// SPDX-License-Identifier: Apache-2.0
// Martlet: errors below HTTP, in words for the job's history.
internal import AsyncHTTPClient
internal import NIOCore
internal import NIOPosix
internal import NIOSSL

/// What an error of the client means.
enum TransportTrouble {
    /// Whether the connection was never made, so that nothing was sent and the next address may be tried.
    static func isBeforeConnection(_ error: any Error) -> Bool {
        switch error {
        case let error as HTTPClientError: error == .connectTimeout
        case is NIOConnectionError: true
        case let error as IOError: unreachable.contains(error.errnoCode)
        case let error as ChannelError:
            if case .connectTimeout = error { true } else { false }
        default: false
        }
    }

    /// ENETDOWN, ENETUNREACH, ECONNREFUSED, EHOSTDOWN and EHOSTUNREACH on Linux: all of them come from connect alone.
    private static let unreachable: Set<Int32> = [100, 101, 111, 112, 113]

    /// A sentence without anything that the job did not say itself.
    static func describe(_ error: any Error) -> String {
        switch error {
        case let error as NameResolutionError: return error.description
        case let error as HTTPClientError:
            if error == .connectTimeout { return "the connection was not made in time" }
            if error == .remoteConnectionClosed { return "the connection was closed before the answer" }
            if error == .tlsHandshakeTimeout { return "the TLS handshake was not done in time" }
            return "\(error)"
        case let error as NIOSSLError:
            guard case .handshakeFailed(let reason) = error else { return "TLS failed: \(error)" }
            // The library's own text is long and names its source files; this is the case that people meet.
            return "\(reason)".contains("CERTIFICATE_VERIFY_FAILED")
                ? "the TLS handshake failed: the receiver's certificate is not trusted"
                : "the TLS handshake failed: \(reason)"
        case is CertificateName.Mismatch: return "the receiver's certificate is not valid for this host"
        case is NIOSSLExtraError: return "the receiver's certificate is not valid for this host: \(error)"
        case let error as IOError:
            return error.errnoCode == 111 ? "the connection was refused" : "the connection failed: \(error.description)"
        default: return String(describing: error)
        }
    }
}
