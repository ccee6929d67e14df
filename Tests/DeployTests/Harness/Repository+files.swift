// SPDX-License-Identifier: Apache-2.0
// Martlet: files of the repository.

import FoundationEssentials
import TestSupport

extension Repository {
    /// The text of a file.
    static func text(_ path: String) throws -> String {
        try String(contentsOfFile: "\(root)/\(path)", encoding: .utf8)
    }

    /// The paths of files below a folder, sorted, by the end of their names; never what git ignores by its first letter.
    static func files(in folder: String, ending suffixes: String...) throws -> [String] {
        let found = try FileManager.default.subpathsOfDirectory(atPath: "\(root)/\(folder)")
        return found.filter { path in suffixes.contains { path.hasSuffix($0) } }.sorted().map { "\(folder)/\($0)" }
    }
}
