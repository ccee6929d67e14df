// SPDX-License-Identifier: Apache-2.0
// Martlet: what check says of the mode of a key file.

import Glibc
import Testing

@testable import BackupService

@Suite("Who may read the keys")
struct KeyFileCheckTests {
    @Test func aFileThatOthersGetAtIsWorthAThought() throws {
        var template = Array("/tmp/martlet-key-XXXXXX".utf8CString)
        let file = mkstemp(&template)
        try #require(file >= 0)
        defer { close(file) }
        let path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        defer { unlink(path) }
        for mode: mode_t in [0o600, 0o400] {
            fchmod(file, mode)
            #expect(KeyFileCheck(file: path).finding == nil)
        }
        for mode: mode_t in [0o644, 0o640, 0o602] {
            fchmod(file, mode)
            let finding = KeyFileCheck(file: path).finding
            #expect(finding?.grade == .attention && finding?.subject == "key file")
            #expect(finding?.advice.contains("chmod 600 \(path)") == true)
        }
        #expect(KeyFileCheck(file: "\(path).not-there").finding == nil)
    }
}
