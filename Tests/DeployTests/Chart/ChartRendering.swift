// SPDX-License-Identifier: Apache-2.0
// Martlet: what the chart makes of a case, as tests look at it.

import TestSupport

/// All objects that Helm makes of some values.
struct ChartRendering: Sendable {
    /// As Helm writes it.
    let text: String
    let objects: [KubernetesObject]
    let pods: [ChartPod]

    init(_ request: Helm.Request) async throws {
        let text = try await Helm.shared.value.call("helm_template", request)
        self.text = text
        objects = try KubernetesObject.all(in: text)
        pods = objects.compactMap(ChartPod.init)
        guard objects.count > 5 else { throw ClusterFailure("Helm made next to nothing: \(text.prefix(500))") }
    }

    func all(_ kinds: String...) -> [KubernetesObject] { objects.filter { kinds.contains($0.kind) } }

    /// The object that `Deployment/rel-martlet-api` names.
    func one(_ name: String) throws -> KubernetesObject {
        let found = objects.filter { $0.description == name }
        guard let object = found.first, found.count == 1 else {
            throw ClusterFailure("\(found.count) objects are \(name); there are \(objects.map(\.description))")
        }
        return object
    }

    /// What names of the release's objects begin with.
    var base: String {
        let settings = pods.compactMap { $0.containers.first?["envFrom.0.configMapRef.name"].text }.first ?? ""
        return settings.split(separator: "-").dropLast().joined(separator: "-")
    }

    /// The pods of a component, such as `api` or `migrate`.
    func pods(_ component: String) -> [ChartPod] { pods.filter { $0.component == component } }

    /// The pods that a selector of the release's namespace fits.
    func pods(selectedBy selector: YAMLTree) -> [ChartPod] { pods.filter { selector.selects($0.labels) } }
}

/// A pod, by the object that makes it.
struct ChartPod: Sendable, CustomStringConvertible {
    let owner: KubernetesObject
    private let template: YAMLTree

    init?(_ owner: KubernetesObject) {
        guard let template = owner.podTemplate else { return nil }
        self.owner = owner
        self.template = template
    }

    var labels: [String: String] { template["metadata.labels"].texts }
    var annotations: [String: String] { template["metadata.annotations"].texts }
    var component: String { labels["app.kubernetes.io/component"] ?? "" }
    var spec: YAMLTree { template["spec"] }
    var containers: [YAMLTree] { owner.containers }
    var description: String { owner.description }
    /// Whether it is there as long as the release.
    var isServer: Bool { ["Deployment", "StatefulSet", "Rollout"].contains(owner.kind) }
    /// Whether it runs a program of ours.
    var isOurs: Bool { !["postgresql", "redis", "test"].contains(component) }
    /// The program that it runs: `martlet-api` for migrations, too.
    var program: String {
        "martlet-" + (["migrate": "api", "backup-run": "backup"][component] ?? component)
    }
}
