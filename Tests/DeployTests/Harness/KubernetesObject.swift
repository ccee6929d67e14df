// SPDX-License-Identifier: Apache-2.0
// Martlet: an object of Kubernetes as a test reads it.

import YAML

/// A rendered object.
struct KubernetesObject: Sendable, CustomStringConvertible {
    private let tree: YAMLTree

    init(_ node: YAMLNode) { tree = YAMLTree(node) }

    /// The objects of a text, without documents that are empty.
    static func all(in text: String) throws -> [KubernetesObject] {
        try YAMLNode.parseAll(text.utf8).filter { node in
            if case .map(let members) = node.content { !members.isEmpty } else { false }
        }.map(KubernetesObject.init)
    }

    var kind: String { self["kind"].text ?? "" }
    var apiVersion: String { self["apiVersion"].text ?? "" }
    var name: String { self["metadata.name"].text ?? "" }
    var namespace: String? { self["metadata.namespace"].text }
    var labels: [String: String] { self["metadata.labels"].texts }
    var annotations: [String: String] { self["metadata.annotations"].texts }
    var description: String { "\(kind)/\(name)" }

    /// What a dotted path names: `spec.template.spec.containers.0.image`.
    subscript(path: String) -> YAMLTree { tree[path] }

    /// The template of the pods that it makes; nil where it makes none.
    var podTemplate: YAMLTree? {
        switch kind {
        case "Deployment", "StatefulSet", "DaemonSet", "Job", "Rollout", "ReplicaSet": self["spec.template"]
        case "CronJob": self["spec.jobTemplate.spec.template"]
        case "Pod": tree
        default: nil
        }
    }

    /// All containers of its pods, also those that run before.
    var containers: [YAMLTree] {
        guard let pods = podTemplate else { return [] }
        return pods["spec.initContainers"].items + pods["spec.containers"].items
    }
}
