// SPDX-License-Identifier: Apache-2.0
// Martlet: key rings.

import Platform
import Testing

@testable import Recovery

@Suite("Key rings")
struct KeyRingTests {
    @Test("Generated keys are read back, one a line or between commas, the first being current")
    func read() throws {
        let lines = try ["2026-11", "2026-10"].map { try #require(RingKey.generate(id: $0)) }
        for text in [
            lines.joined(separator: "\n"), lines.joined(separator: ","), "# keys\n\n \(lines[0]) \r\n\(lines[1])\n",
        ] {
            let ring = try KeyRing(parsing: Secret(text))
            #expect(ring.keys.map(\.id) == ["2026-11", "2026-10"])
        }
        #expect(RingKey.generate(id: "a b") == nil)
    }

    @Test(
        "Wrong keys are refused by their place, without their content",
        arguments: [
            "a", "a:", ":AAAA", "a:AAAA", "a b:\(valid)", "a:\(valid)=", "a:\(valid)\nb",
            "\(String(repeating: "i", count: 65)):\(valid)",
        ]
    )
    func refused(_ text: String) {
        let error = #expect(throws: RecoveryError.self) { try KeyRing(parsing: Secret(text)) }
        let number = text.contains("\n") ? 2 : 1
        #expect(error?.code == .request)
        #expect(error?.message == "key \(number) of the key ring must be \(RingKey.allowed)")
    }

    @Test("No key, and one id twice, are refused")
    func sets() {
        #expect(throws: RecoveryError.self) { try KeyRing(parsing: Secret("# nothing\n")) }
        let error = #expect(throws: RecoveryError.self) {
            try KeyRing(parsing: Secret("a:\(Self.valid),a:\(Self.valid)"))
        }
        #expect(error?.message == "the key ring has the id 'a' twice")
    }

    @Test("Keys are shown by fingerprint only")
    func secrecy() throws {
        let ring = try KeyRing(parsing: Secret("a:\(Self.valid)"))
        let key = try #require(ring.keys.first)
        #expect("\(ring)" == "a (\(key.fingerprint))")
        #expect(key.fingerprint.count == 16)
        var dumped = ""
        dump(ring, to: &dumped)
        #expect(!dumped.contains("AAAA"))
        #expect(!"\(DataKey())\(String(reflecting: DataKey()))".contains("SymmetricKey"))
        let other = try #require(RingKey(id: "a", bytes: [UInt8](repeating: 1, count: 32)))
        #expect(other.fingerprint != key.fingerprint)
    }

    private static let valid = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
}
