// SPDX-License-Identifier: Apache-2.0
// Martlet: ./dev watch in a checkout of its own, with real programs and servers; only the compiler is a stand-in.

import FoundationEssentials
import Glibc
import TestSupport

/// A folder that looks like this repository to `./dev`.
///
/// Its `swift build` takes programs from the real build: one whose sources have changed counts as linked anew. Sources that say
/// `broken` do not compile, those that say `slow` never end, and those that say `crash` make a program that ends at once.
final class WatchScene: Sendable {
    private let folder: RecoveryFolder
    private let process: ClusterProcess
    private let environment: [String: String]
    private var checkout: String { "\(folder.path)/checkout" }

    /// Starts `./dev watch`.
    init() async throws {
        let folder = try RecoveryFolder()
        self.folder = folder
        let files = FileManager.default
        for name in ["API", "Worker", "Health", "Backup"] {
            try files.createDirectory(
                atPath: "\(folder.path)/checkout/Services/\(name)",
                withIntermediateDirectories: true
            )
        }
        for name in ["checkout/Shared", "checkout/infra", "bin", "out"] {
            try files.createDirectory(atPath: "\(folder.path)/\(name)", withIntermediateDirectories: true)
        }
        try ScriptFile.write(Self.swift, to: "\(folder.path)/bin/swift")
        // By another process, for the reason that ``ScriptFile`` gives.
        for (from, to) in [
            ("\(Repository.root)/dev", "checkout/dev"), ("\(Repository.root)/infra/dev", "checkout/infra/dev"),
        ] {
            let copy = try await DeployTool("cp").run(["-r", from, "\(folder.path)/\(to)"])
            guard copy.end == .code(0) else { throw ClusterFailure("can't copy \(from): \(copy.text)") }
        }
        environment = [
            "PATH": "\(folder.path)/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8", "TZ": "UTC",
            "HOME": folder.path,
            "MARTLET_DEV_FOLDER": "\(folder.path)/state", "FAKE_OUT": "\(folder.path)/out",
            "FAKE_BUILT": ClusterPrograms.build, "MARTLET_BACKUP_SCHEDULE_BACKUP": "off",
            "MARTLET_BACKUP_SCHEDULE_DRILL": "off",
            // Of scripts/ and Compose; Martlet's programs would refuse them as misspelt.
            "MARTLET_CONTEXT": "elsewhere", "MARTLET_API_KEY": "theirs", "MARTLET_TAG": "1.2.3",
        ]
        process = try await ClusterProcess.launch(
            "watch",
            ["/usr/bin/env", "--chdir=\(folder.path)/checkout", "./dev", "watch"],
            environment: environment,
            log: "\(folder.path)/log"
        )
    }

    /// Writes a source.
    func write(_ text: String, to path: String) throws {
        try Data("\(text)\n".utf8).write(to: URL(filePath: "\(checkout)/\(path)"))
    }

    /// What `./dev watch` has said.
    var said: String { (try? String(contentsOfFile: "\(folder.path)/log", encoding: .utf8)) ?? "" }

    /// Waits until it has said something for the nth time.
    func hears(_ words: String, times: Int = 1) async throws {
        do {
            try await eventually("'\(words)' is said \(times) times") {
                if let end = self.process.end { throw ClusterFailure("it ended: \(end)") }
                return self.said.ranges(of: words).count >= times
            }
        } catch { throw ClusterFailure("\(error)\n\(said)") }
    }

    /// How often the compiler was called.
    var builds: Int {
        let calls = try? String(contentsOfFile: "\(folder.path)/out/calls", encoding: .utf8)
        return calls?.split(separator: "\n").count ?? 0
    }

    /// The id of a compiler that never ends.
    func slowBuild() async throws -> pid_t {
        let path = "\(folder.path)/out/slow"
        try await eventually("the slow build begins") { FileManager.default.fileExists(atPath: path) }
        let text = try String(contentsOfFile: path, encoding: .utf8)
        guard let pid = pid_t(text.filter(\.isNumber)) else { throw ClusterFailure("its id is '\(text)'") }
        return pid
    }

    /// The process ids of the services that run by name.
    func services() async throws -> [String: Int] {
        let text = try await run("status", "--json").text
        var found: [String: Int] = [:]
        for match in text.matches(of: /"name":"([a-z]+)","pid":(\d+),"up":true/) {
            found[String(match.1)] = Int(match.2)
        }
        return found
    }

    /// Whether all of so many services are ready; one look may find a busy one that answers too late.
    func allAreReady(of count: Int) async throws -> Bool {
        try await run("status", "--json").text.ranges(of: #""up":true,"ready":true"#).count == count
    }

    /// Runs `./dev`.
    func run(_ words: String...) async throws -> DeployTool.Run {
        let log = "\(folder.path)/run-\(UInt32.random(in: 0 ... .max))"
        let end = try await ClusterProcess.run(
            "dev",
            ["/usr/bin/env", "--chdir=\(checkout)", "./dev"] + words,
            environment: environment,
            log: log,
            within: .seconds(120)
        )
        return DeployTool.Run(end: end, text: try String(contentsOfFile: log, encoding: .utf8))
    }

    /// As Ctrl-C does.
    func interrupt() async throws -> ClusterExit {
        process.signal(SIGINT)
        return try await process.waitForEnd(within: .seconds(90))
    }

    /// Stops whatever runs there.
    func end() async {
        _ = try? await run("down")
        await process.kill()
    }

    private static let swift = """
        #!/bin/bash
        [[ $1 != --version ]] || { echo 'Swift version 6.3.1' && exit; }
        [[ $* != *--show-bin-path* ]] || { echo "$FAKE_OUT" && exit; }
        product=${!#}
        echo "$product" >>"$FAKE_OUT/calls"
        if grep -rqx broken Services Shared; then
            echo "$PWD/Services/Worker/Kinds.swift:1:1: error: this does not compile"
            exit 1
        fi
        if grep -rqx slow Services Shared; then
            echo $$ >"$FAKE_OUT/slow"
            exec sleep 300
        fi
        case $product in
            martlet-api) folder=API ;;
            martlet-worker) folder=Worker ;;
            martlet-health) folder=Health ;;
            martlet-backup) folder=Backup ;;
        esac
        state=$(find "Services/$folder" Shared -name '[A-Z]*.swift' -exec cat {} + | sha256sum)
        [[ $state != "$(cat "$FAKE_OUT/$product.state" 2>/dev/null)" ]] || exit 0
        echo "$state" >"$FAKE_OUT/$product.state"
        program=$FAKE_BUILT/$product
        ! grep -rqx crash "Services/$folder" || program=/bin/false
        ln -s "$program" "$FAKE_OUT/$product.new"
        mv -T "$FAKE_OUT/$product.new" "$FAKE_OUT/$product"
        """
}
