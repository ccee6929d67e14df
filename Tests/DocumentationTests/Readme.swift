// SPDX-License-Identifier: Apache-2.0
// Martlet: the README, or another document, as a reader sees it: its blocks of code.

import Glibc
import TestSupport

/// The text of a document.
struct Readme {
    let text: String

    init(_ path: String = "README.md") throws {
        text = try Self.file(path)
    }

    /// A file of the repository.
    static func file(_ path: String) throws -> String {
        guard let file = fopen("\(Repository.root)/\(path)", "r") else { throw Missing(what: path) }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while case let count = fread(&chunk, 1, chunk.count, file), count > 0 { bytes += chunk[..<count] }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// What stands in the blocks of a language.
    func blocks(_ language: String) -> [String] {
        text.split(separator: "```\(language)\n", omittingEmptySubsequences: false).dropFirst().map { rest in
            String(rest[..<(rest.firstRange(of: "```")?.lowerBound ?? rest.endIndex)])
        }
    }

    /// The whole block of shell commands that holds a text.
    func commands(with part: String) throws -> String {
        guard let block = blocks("sh").first(where: { $0.contains(part) }) else {
            throw Missing(what: "a block of commands with \(part)")
        }
        return block
    }

    /// The `curl` command (with the lines that it goes on for) that holds a text.
    func curl(with part: String) throws -> String {
        for block in blocks("sh") where block.contains(part) {
            guard let start = block.firstRange(of: "curl ") else { continue }
            return String(block[start.lowerBound...])
        }
        throw Missing(what: "a curl command with \(part)")
    }

    struct Missing: Error { let what: String }
}
