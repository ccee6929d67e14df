// SPDX-License-Identifier: Apache-2.0
// Martlet: a shell script that stands for a program, and a look at what it leaves.
import Foundation
import Glibc
import TestSupport

@testable import Recovery

/// A script in a folder of its own.
struct ProgramScript {
    private let folder: PrivateFolder
    let path: String

    init(_ text: String, name: String = "program") throws {
        folder = try PrivateFolder()
        path = "\(folder.path)/\(name)"
        try ScriptFile.write("#!/bin/sh\n\(text)\n", to: path, mode: 0o700)
    }

    /// The folder, for a search.
    var place: String { folder.path }

    func file(_ name: String) -> String { "\(folder.path)/\(name)" }

    func run(_ arguments: [String] = [], deadline: Duration = .seconds(60), grace: Duration = .seconds(5)) -> ProgramRun
    {
        ProgramRun(path, arguments, deadline: deadline, grace: grace)
    }

    /// The number that a script wrote to a file.
    func number(_ name: String) -> Int32? {
        (try? String(contentsOfFile: file(name), encoding: .utf8))
            .flatMap { Int32($0.trimmingCharacters(in: .whitespacesAndNewlines)) }
    }

    /// Whether a process is there and is no zombie.
    static func isAlive(_ id: Int32) -> Bool {
        guard let stat = try? String(contentsOfFile: "/proc/\(id)/stat", encoding: .utf8) else { return false }
        return stat.split(separator: ")").last?.split(separator: " ").first != "Z"
    }

    /// Zombies among this process's children that bear the name.
    static func zombies() -> [String] {
        let own = getpid()
        let ids = ((try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []).compactMap { Int32($0) }
        return ids.compactMap { id in
            guard let stat = try? String(contentsOfFile: "/proc/\(id)/stat", encoding: .utf8),
                let rest = stat.split(separator: ")").last?.split(separator: " "), rest.count > 2,
                rest[0] == "Z", Int32(rest[1]) == own
            else { return nil }
            return stat
        }
    }

    /// Descriptors of this process that are pipes.
    static func pipes() -> Int {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")) ?? []
        return names.count { name in
            (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/\(name)"))?.hasPrefix("pipe:")
                == true
        }
    }
}
