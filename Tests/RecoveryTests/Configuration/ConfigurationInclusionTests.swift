// SPDX-License-Identifier: Apache-2.0
// Martlet: configuration files become one text that says the same.

import Glibc
import Testing

@testable import Recovery

@Suite("Configuration files that include others")
struct ConfigurationInclusionTests {
    /// Files by path.
    private struct Shelf: ServerFiles {
        var files: [String: String] = [:]

        func bytes(of path: String, limit: Int) async throws(RecoveryError) -> [UInt8]? {
            guard let text = files[path] else { return nil }
            guard text.utf8.count <= limit else { throw .tooLarge(path, limit: limit) }
            return Array(text.utf8)
        }

        func names(in folder: String) async throws(RecoveryError) -> [String] {
            files.keys.filter { $0.hasPrefix(folder + "/") }.map { String($0.dropFirst(folder.utf8.count + 1)) }
        }
    }

    private func text(_ files: [String: String], of path: String = "/etc/pg/postgresql.conf") async throws -> String? {
        var inclusion = ConfigurationInclusion(Shelf(files: files))
        return try await inclusion.text(of: path).map { String(decoding: $0, as: UTF8.self) }
    }

    @Test(arguments: [
        ("port = 5432", "port", "5432"), ("  Port 5432 # as ever", "port", "5432"), ("a.b='it''s'", "a.b", "it's"),
        (#"x = 'a\\b' # 'c'"#, "x", #"a\b"#), ("include_dir 'conf.d'\r", "include_dir", "conf.d"), ("e = ''", "e", ""),
    ])
    func linesAreReadAsTheServerReadsThem(_ line: String, _ name: String, _ value: String) throws {
        let read = try #require(ConfigurationLine(Array(line.utf8)))
        #expect(read.name == name && read.value == value, "\(read)")
    }

    @Test(arguments: ["", "   ", "# port = 1", "= 5", "9x = 1", "name", "name =", "x = 'no end"])
    func whatSetsNothingIsNoSuchLine(_ line: String) { #expect(ConfigurationLine(Array(line.utf8)) == nil) }

    @Test func whatIsIncludedStandsWhereItIsIncluded() async throws {
        let files = [
            "/etc/pg/postgresql.conf": "a = 1\ninclude_dir = 'conf.d'\ninclude_if_exists '/nowhere'\na = 4\n",
            "/etc/pg/conf.d/20.conf": "a = 3", "/etc/pg/conf.d/10.conf": "a = 2\ninclude '../more'\n",
            "/etc/pg/conf.d/notes.txt": "a = 9", "/etc/pg/conf.d/.hidden.conf": "a = 9",
            "/etc/pg/conf.d/../more": "b = 1\n",
        ]
        let text = try #require(try await text(files))
        let lines = text.split(separator: "\n").filter { !$0.hasPrefix("#") }
        #expect(lines == ["a = 1", "a = 2", "b = 1", "a = 3", "a = 4"])
        #expect(text.contains("# From /etc/pg/conf.d/10.conf:\n") && text.hasSuffix("a = 4\n"))
        #expect(try await self.text(files, of: "/etc/other") == nil)
    }

    @Test func whatIncludesNothingStaysAsItIs() async throws {
        for content in ["", "a = 1", "a = 1\n", "\n\na = 1\n\n", "# include 'x'\r\nlocal all all peer\n"] {
            #expect(
                try await text(["/etc/pg/postgresql.conf": content]).map { $0.hasSuffix("\n") ? $0 : $0 + "\n" }
                    == (content.hasSuffix("\n") ? content : content + "\n")
            )
        }
    }

    @Test func filesThatIncludeThemselvesAndLargeOnesAreRefused() async throws {
        let error = await recoveryFailure { try await text(["/etc/pg/postgresql.conf": "include 'postgresql.conf'"]) }
        #expect(error?.code == .request && error?.message.contains("more than 10 files") == true)
        let large = String(repeating: "#", count: 1 << 20)
        var files = ["/etc/pg/postgresql.conf": "include_dir 'd'"]
        for number in 0..<5 { files["/etc/pg/d/\(number).conf"] = large }
        #expect(await recoveryFailure { try await text(files) }?.message.contains("4 MiB") == true)
        files = ["/etc/pg/postgresql.conf": large + "#"]
        #expect(await recoveryFailure { try await text(files) }?.code == .request)
    }

    @Test func aRestoredServerLooksNowhereElse() {
        let text = """
            data_directory = '/old/data'
            HBA_FILE '/etc/pg_hba.conf'
            ssl = on
            ssl_cert_file = '/etc/cert.pem'
            unix_socket_directories = '/run/here, /run/gone'
            log_directory = 'log'
            work_mem = '7MB'
            """
        let restored = RestoredSettings(Array(text.utf8)) { path, _ in path == "/run/here" }
        #expect(restored.missing == ["ssl", "ssl_cert_file", "unix_socket_directories"])
        let lines = String(decoding: restored.text, as: UTF8.self).split(separator: "\n")
        #expect(lines.filter { !$0.hasPrefix("#") } == ["log_directory = 'log'", "work_mem = '7MB'"])
        #expect(lines.count == 7 && lines[0].hasSuffix(": data_directory = '/old/data'"))
        #expect(RestoredSettings(Array(text.utf8)) { _, _ in true }.missing.isEmpty)
        // Keys are read, and a server's sockets are made where they lie.
        let readable = RestoredSettings(Array(text.utf8)) { _, way in way == R_OK }
        #expect(readable.missing == ["unix_socket_directories"])
    }
}
