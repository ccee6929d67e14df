// SPDX-License-Identifier: Apache-2.0
// Martlet: runs a Python script of Tests/Tools, whose libraries are the reference.
import FoundationEssentials
import TestSupport
import Testing

@testable import Platform

/// A script beside the tests.
enum PythonTool {
    /// An interpreter of the system, which has the standard library only.
    static let system = ["/usr/bin/python3", "/usr/local/bin/python3"].first {
        FileManager.default.isExecutableFile(atPath: $0)
    }

    /// The interpreter that an environment variable names.
    static func named(_ variable: String) -> String? { ProcessInfo.processInfo.environment[variable] }

    /// Runs a script on a file and prints what it says; expects it to end well.
    static func run(_ script: String, _ python: String?, _ arguments: String, in folder: TemporaryFolder) throws {
        let python = try #require(python)
        let output = folder.path + "/output"
        let status = try shell("'\(python)' '\(Repository.root)/Tests/Tools/\(script)' \(arguments) > '\(output)' 2>&1")
        let said = try FileText.text(path: output, limit: 1 << 20)
        print("\(script): \(said.trimmedWhitespace())")
        #expect(status == 0, "\(said)")
    }
}
