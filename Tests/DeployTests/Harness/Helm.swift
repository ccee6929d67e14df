// SPDX-License-Identifier: Apache-2.0
// Martlet: Helm itself, versions 3 and 4, as one server for all tests of a run.

import FoundationEssentials
import Glibc
import TestSupport

/// Renders and lints charts by Helm's own code.
final class Helm: Sendable {
    /// Which Helm.
    enum Version: String, CaseIterable, Sendable {
        case three = "v3"
        case four = "v4"
    }

    /// What a chart is rendered with; JSON names are those of Helm's server.
    struct Request: Encodable, Sendable {
        var helmVersion = Version.three.rawValue
        var releaseName: String? = "rel"
        var namespace: String? = "martlet"
        var chart: String?
        var paths: [String]?
        /// Paths of values files.
        var valuesFiles: [String] = []
        /// What `--set` would be, as a tree.
        var values: HelmValue = .map([:])
        var kubeVersion: String? = "1.31.2"
        var apiVersions: [String]?
        var includeCrds: Bool?
        var strict: Bool?
        var withSubcharts: Bool?

        // No strategy for names: it would change those of the values, too.
        private enum CodingKeys: String, CodingKey {
            case helmVersion = "helm_version"
            case releaseName = "release_name"
            case namespace, chart, paths
            case valuesFiles = "values_files"
            case values
            case kubeVersion = "kube_version"
            case apiVersions = "api_versions"
            case includeCrds = "include_crds"
            case strict
            case withSubcharts = "with_subcharts"
        }
    }

    /// The server, started by the first who asks.
    static let shared = Task { try await Helm() }

    private let port: Int
    private let process: ClusterProcess
    private let folder: RecoveryFolder

    private init() async throws {
        guard let path = DeployTool.helm.path else { throw ClusterFailure(DeployTool.helm.reason) }
        port = try ClusterPort.free()
        folder = try RecoveryFolder()
        let arguments = ["-mode", "http", "-addr", "127.0.0.1:\(port)", "-max-response-bytes", "0"]
        process = try await ClusterProcess.launch(
            "helm",
            ["/usr/bin/env", "setpriv", "--pdeathsig", "KILL", path] + arguments,
            environment: DeployTool.surroundings(folder.path),
            log: "\(folder.path)/log"
        )
        let (process, port) = (process, port)
        try await eventually("Helm answers") {
            guard process.end == nil else { throw ClusterFailure("Helm ended") }
            return !ClusterPort.isFree(port)
        }
    }

    /// The objects that a chart makes.
    /// - Throws: ``HelmRefusal`` with Helm's own words.
    func objects(_ request: Request) async throws -> [KubernetesObject] {
        try KubernetesObject.all(in: try await call("helm_template", request))
    }

    /// What Helm says of a request that it must refuse; nil when it doesn't.
    func refusal(_ request: Request) async throws -> String? {
        do {
            _ = try await call("helm_template", request)
            return nil
        } catch let refusal as HelmRefusal {
            return refusal.text
        }
    }

    /// Calls a tool of Helm's server.
    func call(_ tool: String, _ request: Request) async throws -> String {
        struct Call: Encodable {
            struct Parameters: Encodable {
                let name: String
                let arguments: Request
            }
            let jsonrpc = "2.0"
            let id = 1
            let method = "tools/call"
            let params: Parameters
        }
        struct Answer: Decodable {
            struct Result: Decodable {
                struct Content: Decodable { let text: String }
                let content: [Content]
                let isError: Bool?
            }
            let result: Result
        }
        let body = "\(folder.path)/\(UInt64.random(in: 0 ... .max)).json"
        try JSONEncoder().encode(Call(params: .init(name: tool, arguments: request))).write(to: URL(filePath: body))
        let run = try await DeployTool.curl.run([
            "-sS", "--max-time", "50", "-H", "content-type: application/json",
            "-H", "accept: application/json, text/event-stream", "--data-binary", "@\(body)",
            "http://127.0.0.1:\(port)/mcp",
        ])
        unlink(body)
        guard run.end == .code(0), let line = run.text.split(separator: "\n").first(where: { $0.hasPrefix("data: ") })
        else { throw ClusterFailure("Helm's server said: \(run.text)") }
        let answer = try JSONDecoder().decode(Answer.self, from: Data(line.dropFirst(6).utf8))
        let text = answer.result.content.map(\.text).joined()
        guard answer.result.isError != true else { throw HelmRefusal(text: text) }
        return text
    }
}

/// Helm's words on what it does not render.
struct HelmRefusal: Error, CustomStringConvertible {
    let text: String
    var description: String { text }
}
