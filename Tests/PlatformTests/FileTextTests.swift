// SPDX-License-Identifier: Apache-2.0
// Martlet: tests of reading small files.

import Glibc
import Testing

@testable import Platform

@Suite("Small files") struct FileTextTests {
    @Test func aFileIsReadWholeUpToItsLimit() throws {
        let folder = try TemporaryFolder()
        let file = try folder.write("a", "words")
        #expect(try FileText.text(path: file, limit: 5) == "words")
        let error = #expect(throws: PlatformError.self) { try FileText.text(path: file, limit: 4) }
        #expect(error?.message.contains("is longer than") == true)
        #expect(try FileText.text(path: "/proc/self/stat", limit: 8_192).isEmpty == false)
    }

    /// Who opens a pipe waits for a writer, and nobody writes into this one.
    @Test(.timeLimit(.minutes(1))) func whatIsNoRegularFileIsRefusedAtOnce() throws {
        let folder = try TemporaryFolder()
        let pipe = folder.path + "/pipe"
        #expect(mkfifo(pipe, 0o600) == 0)
        for path in [pipe, folder.path, "/dev/zero"] {
            let error = #expect(throws: PlatformError.self) { try FileText.bytes(path: path, limit: 8) }
            #expect(error?.code == .file && error?.message == "\(path) is no regular file")
        }
    }
}
