// SPDX-License-Identifier: Apache-2.0
// Martlet: a call of helm or kubectl that a document tells people to make, in its parts.

import TestSupport

/// `kubectl --namespace jobs scale deployment martlet-api --replicas 0`.
struct DocumentedCall: Sendable, CustomStringConvertible {
    /// The verbs that our documents use, and the options that they use them with.
    private static let known: [String: Set<String>] = [
        "helm install": ["--create-namespace", "--namespace", "--timeout", "--values", "--wait"],
        "helm upgrade": ["--install", "--namespace", "--rollback-on-failure", "--timeout", "--values", "--wait"],
        "helm test": ["--namespace"], "helm history": ["--namespace"], "helm rollback": ["--namespace", "--wait"],
        "helm uninstall": ["--namespace"],
        "kubectl create namespace": [], "kubectl create secret generic": ["--from-literal", "--namespace"],
        "kubectl create job": ["--from", "--namespace"], "kubectl label namespace": [],
        "kubectl create priorityclass": ["--value"],
        "kubectl logs": ["--follow", "--namespace"], "kubectl exec": ["--namespace"],
        "kubectl port-forward": ["--namespace"], "kubectl rollout restart": ["--namespace", "--selector"],
        "kubectl rollout undo": [], "kubectl scale": ["--namespace", "--replicas"],
        "kubectl describe": ["--namespace", "--selector"], "kubectl debug": ["--image", "--target"],
    ]
    private static let flags: Set = ["--create-namespace", "--follow", "--install", "--rollback-on-failure", "--wait"]

    let description: String
    /// `kubectl create job`.
    let verb: String
    /// What is no option.
    let words: [String]
    private let options: [(name: String, value: String)]
    /// What stands after `--`.
    let command: [String]

    /// Reads a call; whatever is not known is refused.
    init(_ line: String) throws {
        description = line
        let all = line.split(separator: " ").map(String.init)
        var rest = all.prefix { $0 != "--" }[...]
        command = Array(all.dropFirst(rest.count + 1))
        var (words, options) = ([String](), [(name: String, value: String)]())
        while let word = rest.popFirst() {
            let parts = word.split(separator: "=", maxSplits: 1).map(String.init)
            if !word.hasPrefix("-") {
                words.append(word)
            } else if Self.flags.contains(word) {
                options.append((word, ""))
            } else if let value = parts.count == 2 ? parts[1] : rest.popFirst() {
                options.append((parts[0], value))
            } else {
                throw ClusterFailure("\(word) needs a value: \(line)")
            }
        }
        let lengths = [4, 3, 2].filter { $0 <= words.count }
        guard let length = lengths.first(where: { Self.known[words.prefix($0).joined(separator: " ")] != nil }) else {
            throw ClusterFailure("nobody knows what this does: \(line)")
        }
        verb = words.prefix(length).joined(separator: " ")
        self.words = Array(words.dropFirst(length))
        self.options = options
        let strange = Set(options.map(\.name)).subtracting(Self.known[verb] ?? [])
        guard strange.isEmpty else { throw ClusterFailure("\(verb) has no \(strange.sorted()): \(line)") }
    }

    /// The values of an option; empty where it is not given.
    func values(of option: String) -> [String] { options.filter { $0.name == option }.map(\.value) }
}
