// SPDX-License-Identifier: Apache-2.0
// Martlet: a document and the signature that shows who made it.
internal import FoundationEssentials

/// Two lines: JSON, and `{"key":"<id>","signature":"<base64>"}`.
///
/// The Ed25519 signature is over the first line's very bytes, so any tool can check it. The second line has one
/// spelling only: no byte of the whole can change unnoticed.
struct SignedDocument: Sendable {
    private struct Seal: Codable {
        let key: String
        let signature: Data
    }

    /// The JSON.
    let body: [UInt8]
    private let seal: Seal

    /// Signs a document, whose bytes must not hold a line break.
    init(_ body: [UInt8], by key: SigningKey) throws(RecoveryError) {
        self.body = body
        seal = Seal(key: key.id, signature: Data(try key.signature(of: body)))
    }

    /// Reads a signed document, whose signature is yet to be checked.
    init(stored: [UInt8]) throws(FormatFault) {
        let lines = stored.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        guard lines.count == 3, lines[2].isEmpty else { throw FormatFault("it is cut off, or no signed export") }
        body = Array(lines[0])
        seal = try JSONDocument.decode(Seal.self, from: Array(lines[1]))
        guard let same = try? JSONDocument.encode(seal), same == Array(lines[1]) else {
            throw FormatFault("the line of its signature is damaged")
        }
    }

    /// Who says to have signed it.
    var signer: String { seal.key }

    /// Checks the signature.
    /// - Throws: `.wrongKey` when the signer is nobody who is trusted, `.damaged` when the signature does not fit.
    func verify(_ trusted: [TrustedKey]) throws(RecoveryError) {
        guard let key = trusted.first(where: { $0.id == seal.key }) else {
            let known = trusted.isEmpty ? "nobody is trusted" : "trusted: \(trusted.map(\.id).joined(separator: ", "))"
            throw RecoveryError(.wrongKey, "the export says that '\(shownSigner)' signed it, and \(known)")
        }
        guard key.isGenuine(Array(seal.signature), of: body) else {
            throw RecoveryError(
                .damaged,
                "the signature does not fit: the export was changed, or signed by another key than the trusted \(key)"
            )
        }
    }

    /// The bytes to store.
    func encoded() throws(RecoveryError) -> [UInt8] {
        body + [UInt8(ascii: "\n")] + (try JSONDocument.encode(seal)) + [UInt8(ascii: "\n")]
    }

    private var shownSigner: String { KeyLine.isID(seal.key) ? seal.key : "?" }
}
