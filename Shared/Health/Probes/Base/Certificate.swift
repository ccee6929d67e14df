// SPDX-License-Identifier: Apache-2.0
// Martlet: what the certificate of a peer says about time, and why it was refused.
internal import NIOCore
internal import NIOSSL
internal import Platform

/// Reads the leaf that the peer of a channel presented.
enum Certificate {
    /// When it expires; nil without TLS or before it came.
    static func expiry(_ channel: any Channel) -> Timestamp? {
        leaf(channel).map { Timestamp(seconds: Int64($0.notValidAfter)) }
    }

    /// Why it was refused, in words; nil when the error is about something else.
    static func trouble(_ error: any Error, _ channel: any Channel, host: String) -> String? {
        if let error = error as? NIOSSLExtraError {
            let isName = error == .failedToValidateHostname || error == .serverHostnameImpossibleToMatch
            return isName ? "the certificate is for another host than \(host)" : nil
        }
        guard "\(error)".contains("CERTIFICATE_VERIFY_FAILED") else { return nil }
        // The library does not say why; dates that are wrong are the reason in all but odd cases.
        if let leaf = leaf(channel) {
            let now = Timestamp.now()
            let start = Timestamp(seconds: Int64(leaf.notValidBefore))
            let end = Timestamp(seconds: Int64(leaf.notValidAfter))
            if end < now { return "the certificate expired on \(end.formatted(fractionDigits: 0))" }
            if start > now { return "the certificate is not valid before \(start.formatted(fractionDigits: 0))" }
        }
        return "the certificate is not trusted: no known authority signed it"
    }

    private static func leaf(_ channel: any Channel) -> NIOSSLCertificate? {
        guard let handler = try? channel.pipeline.syncOperations.handler(type: NIOSSLClientHandler.self) else {
            return nil
        }
        return handler.peerCertificate
    }
}
