// SPDX-License-Identifier: Apache-2.0
// Martlet: the keys that open the API, kept as digests and compared in constant time.

internal import Crypto
internal import HTTPTypes
internal import Hummingbird
public import Platform

/// The API keys of a service.
public struct APIKeys: Sendable {
    private static let shortest = 16
    private let digests: [SHA256.Digest]

    /// Keeps the digests of keys; none means that everybody is let in.
    public init(_ keys: [String] = []) {
        digests = keys.map { SHA256.hash(data: Array($0.utf8)) }
    }

    /// Reads `MARTLET_API_KEYS` (from the environment or the file named by `MARTLET_API_KEYS_FILE`): keys of at least 16 characters,
    /// separated by commas or white space.
    public init(_ reader: SettingsReader) {
        let text = reader.secret("MARTLET_API_KEYS")?.reveal() ?? ""
        let keys = text.split { $0 == "," || $0.isWhitespace }.map(String.init)
        let isGood = keys.allSatisfy { key in
            key.utf8.count >= Self.shortest && key.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F }
        }
        if !isGood {
            reader.report(
                "MARTLET_API_KEYS",
                problem: "a key is too short or holds characters that a header can't",
                allowed: "keys of at least \(Self.shortest) printable ASCII characters, separated by commas"
            )
        }
        self.init(keys)
    }

    /// Whether everybody is let in.
    public var isEmpty: Bool { digests.isEmpty }

    /// Whether a key is one of them; takes as long for any key of a length.
    public func contain(_ key: String) -> Bool {
        let digest = SHA256.hash(data: Array(key.utf8))
        var isFound = false
        for known in digests {
            // Digests compare in constant time, and all of them are compared.
            let isEqual = known == digest
            isFound = isFound || isEqual
        }
        return isFound
    }

    /// Lets a request pass, or throws 401.
    func check(_ request: Request) throws(ProblemError) {
        guard !isEmpty else { return }
        guard let header = request.headers[.authorization] else {
            throw Self.refusal("no `Authorization` header came", challenge: "Bearer realm=\"martlet\"")
        }
        let parts = header.split(separator: " ", maxSplits: 1, omittingEmptySubsequences: true)
        guard parts.count == 2, parts[0].lowercased() == "bearer", contain(String(parts[1].drop { $0 == " " })) else {
            throw Self.refusal(
                "the `Authorization` header holds no valid key",
                challenge: "Bearer realm=\"martlet\", error=\"invalid_token\""
            )
        }
    }

    private static func refusal(_ detail: String, challenge: String) -> ProblemError {
        ProblemError(.unauthorized, detail: detail, headers: [.wwwAuthenticate: challenge])
    }
}
