// SPDX-License-Identifier: Apache-2.0
// Martlet: the cases that the chart is rendered for, each once in a run.

import FoundationEssentials
import TestSupport
import Testing

/// Values that somebody may install with, and the Kubernetes that they are for.
struct ChartCase: Sendable, CustomTestStringConvertible {
    static let chart = "\(Repository.root)/helm/martlet"
    /// The longest name that Helm allows, of all signs that it allows.
    static let longRelease = "1.5-a-release.whose-name-is-as-long-as-helm-lets-it-b"

    /// Together they take each branch of each template (`BranchTests`), and change each value (`ValuesTests`).
    static let all: [ChartCase] = {
        let names = [
            "ambient", "argo-cd", "autoscaling", "backups-alone", "backups-by-service", "canary", "canary-without-mesh",
            "closed",
            "development", "images", "keda", "mesh", "mesh-host", "one-replica", "open", "physical-backups",
            "secrets-of-values",
        ]
        let ofTheChart = [("dev", "1.29.0"), ("staging", "1.31.2"), ("prod", "1.34.0")].map { name, kube in
            ChartCase(name, kube: kube, file: "\(chart)/values-\(name).yaml")
        }
        return [ChartCase("defaults", file: nil)] + ofTheChart + names.map { own($0) } + [everything, few]
    }()
    /// Nearly every value is changed.
    static let everything = own("everything", kube: "1.37.0")
    static let few = own("few", release: longRelease)
    static func named(_ name: String) throws -> ChartCase {
        guard let found = all.first(where: { $0.name == name }) else { throw ClusterFailure("no case \(name)") }
        return found
    }

    let name: String
    let kube: String
    let release: String
    let file: String?

    init(_ name: String, kube: String = "1.29.0", release: String = "rel", file: String?) {
        self.name = name
        self.kube = kube
        self.release = release
        self.file = file
    }

    static let folder = "Tests/DeployTests/Chart/Cases"

    private static func own(_ name: String, kube: String = "1.29.0", release: String = "rel") -> ChartCase {
        ChartCase(name, kube: kube, release: release, file: "\(Repository.root)/\(folder)/\(name).yaml")
    }

    var testDescription: String { name }

    /// What its file says.
    var values: YAMLTree {
        get throws {
            guard let file else { return .map([:]) }
            return try YAMLTree(parsing: String(contentsOfFile: file, encoding: .utf8))
        }
    }

    func request(_ version: Helm.Version = .three) -> Helm.Request {
        Helm.Request(
            helmVersion: version.rawValue,
            releaseName: release,
            chart: Self.chart,
            valuesFiles: [file].compactMap(\.self),
            kubeVersion: kube
        )
    }

    /// What Helm 3 makes of it.
    var rendering: ChartRendering {
        get async throws {
            guard let task = Self.renderings[name] else { throw ClusterFailure("\(name) is in no list") }
            return try await task.value
        }
    }

    private static let renderings: [String: Task<ChartRendering, any Error>] = Dictionary(
        uniqueKeysWithValues: all.map { one in (one.name, Task { try await ChartRendering(one.request()) }) }
    )
}
