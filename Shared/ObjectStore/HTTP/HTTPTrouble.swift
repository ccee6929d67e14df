// SPDX-License-Identifier: Apache-2.0
// Martlet: why an HTTP exchange did not come to an answer.
internal import AsyncHTTPClient
internal import NIOCore
internal import NIOPosix
internal import NIOSSL
internal import Resilience

/// An exchange that failed below HTTP.
struct HTTPTrouble: Error {
    /// Whether the same request may well succeed later.
    let isTransient: Bool
    /// Whether the caller was cancelled.
    var isCancelled = false
    /// Whether the body was longer than the caller allowed.
    var isTooLong = false
    /// One sentence.
    let message: String

    static let cancelled = HTTPTrouble(isTransient: false, isCancelled: true, message: "the caller was cancelled")

    static func tooLong(_ size: Int?, limit: Int) -> HTTPTrouble {
        let size = size.map { "has \($0) bytes, more" } ?? "is longer"
        return HTTPTrouble(isTransient: false, isTooLong: true, message: "the object \(size) than \(limit) bytes")
    }

    private init(isTransient: Bool, isCancelled: Bool = false, isTooLong: Bool = false, message: String) {
        self.isTransient = isTransient
        self.isCancelled = isCancelled
        self.isTooLong = isTooLong
        self.message = message
    }

    /// A body that ended before its announced length.
    static func cutShort(_ got: Int, of size: Int) -> HTTPTrouble {
        HTTPTrouble(isTransient: true, message: "the answer ended after \(got) of \(size) bytes")
    }

    /// Reads an error of the client.
    init(_ error: any Error) {
        switch error {
        case let error as HTTPTrouble: self = error
        case is CancellationError: self = .cancelled
        case let error as ResilienceError:
            self.init(isTransient: true, message: "no answer in time (\(error.message))")
        case let error as HTTPClientError:
            self.init(isTransient: error != .alreadyShutdown, message: Self.sentence(error))
        case let error as NIOSSLError:
            self.init(isTransient: !Self.isCertificate("\(error)"), message: Self.sentence("\(error)"))
        case let error as NIOSSLExtraError:
            self.init(isTransient: false, message: "the server's certificate is not valid for this host: \(error)")
        case let error as NIOConnectionError:
            let reason = error.connectionErrors.first.map { HTTPTrouble($0.error).message }
            let look = error.dnsAError ?? error.dnsAAAAError
            let message = reason ?? look.map { "the host's name can't be resolved: \($0)" } ?? "no connection"
            self.init(isTransient: true, message: message)
        case let error as IOError:
            // ECONNREFUSED and ECONNRESET of Linux.
            let known = [111: "the connection was refused", 104: "the connection was reset"][error.errnoCode]
            self.init(isTransient: true, message: known ?? "the connection failed: \(error.description)")
        default: self.init(isTransient: true, message: "the connection failed: \(error)")
        }
    }

    private static func sentence(_ error: HTTPClientError) -> String {
        switch error {
        case .alreadyShutdown: "the store is closed"
        case .connectTimeout: "the connection was not made in time"
        case .readTimeout: "the server fell silent"
        case .writeTimeout: "the server took no more bytes"
        case .remoteConnectionClosed: "the connection was closed before the answer"
        case .tlsHandshakeTimeout: "the TLS handshake was not done in time"
        case .getConnectionFromPoolTimeout: "no connection became free in time"
        case .deadlineExceeded: "no answer in time"
        default: "\(error)"
        }
    }

    private static func isCertificate(_ text: String) -> Bool { text.contains("CERTIFICATE_VERIFY_FAILED") }

    /// The library's own text is long and names its source files; the first case is the one that people meet.
    private static func sentence(_ text: String) -> String {
        isCertificate(text)
            ? "the server's certificate is not trusted (ca-file names another authority)" : "TLS failed: \(text)"
    }
}
