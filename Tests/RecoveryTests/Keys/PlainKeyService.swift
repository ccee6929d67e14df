// SPDX-License-Identifier: Apache-2.0
// Martlet: a key service for tests that need one and not its secrecy.

@testable import Recovery

/// Turns bits over, and ties what it made to its context.
struct PlainKeyService: KeyService {
    let name = "test-service"

    func encrypt(_ plain: [UInt8], context: [String: String]) async throws(RecoveryError) -> [UInt8] {
        plain.map { ~$0 } + Self.tag(context)
    }

    func decrypt(_ sealed: [UInt8], context: [String: String]) async throws(RecoveryError) -> [UInt8] {
        let tag = Self.tag(context)
        guard sealed.count >= tag.count, Array(sealed.suffix(tag.count)) == tag else {
            throw RecoveryError(.damaged, "of another context")
        }
        return sealed.dropLast(tag.count).map { ~$0 }
    }

    private static func tag(_ context: [String: String]) -> [UInt8] {
        Array(context.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value);" }.joined().utf8)
    }
}
