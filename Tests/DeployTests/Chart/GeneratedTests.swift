// SPDX-License-Identifier: Apache-2.0
// Martlet: that what is generated in the chart is current, and that the check of it can fail.

import FoundationEssentials
import TestSupport
import Testing

@Suite("Generated files of the chart", .enabled(if: DeployTool.python.isThere, "\(DeployTool.python.reason)"))
struct GeneratedTests {
    @Test(arguments: ["schema.py", "reference.py", "monitoring.py", "version.py"])
    func filesAreCurrent(_ tool: String) async throws {
        let run = try await DeployTool.python.run(["helm/tools/\(tool)", "--check"])
        #expect(run.end == .code(0), "\(run.text)")
    }

    /// In a copy whose sources were changed.
    @Test(arguments: [
        (
            "schema.py", "helm/martlet/values.yaml", "  # -- How many, unless",
            "  # -- Another.\n  another: true\n  # -- How many, unless"
        ),
        ("reference.py", "helm/martlet/values.yaml", "# -- Their tag;", "# -- Their label;"),
        ("monitoring.py", "infra/monitoring/prometheus/rules/alerts.yml", "groups:\n", "groups: \n"),
    ])
    func staleFilesAreFound(_ tool: String, _ path: String, _ old: String, _ new: String) async throws {
        let folder = try RecoveryFolder()
        let copy = try await DeployTool("cp").run(["-r", "--parents", "helm", "infra/monitoring", folder.path])
        try #require(copy.end == .code(0), "\(copy.text)")
        let before = try Repository.text(path)
        let changed = before.replacing(old, with: new, maxReplacements: 1)
        try #require(changed != before)
        try Data(changed.utf8).write(to: URL(filePath: "\(folder.path)/\(path)"))
        let run = try await DeployTool.python.run(["\(folder.path)/helm/tools/\(tool)", "--check"], in: folder.path)
        #expect(run.end == .code(1) && run.text.contains("is not current"), "\(run.text)")
    }

    @Test
    func theReferenceHasEveryValue() throws {
        let readme = try Repository.text("helm/martlet/README.md")
        let leaves = try YAMLTree(parsing: Repository.text("helm/martlet/values.yaml")).leaves(intoLists: false)
        #expect(leaves.count > 300)
        for leaf in leaves {
            // A value's own line, or that of the value that it is part of.
            let isThere = leaf.path.indices.contains {
                readme.contains("| `\(leaf.path[...$0].joined(separator: "."))` |")
            }
            #expect(isThere, "\(leaf.path.joined(separator: "."))")
        }
    }

    @Test
    func theSchemaHasEveryValueAndNoOther() throws {
        let values = try YAMLTree(parsing: Repository.text("helm/martlet/values.yaml"))
        for part in ["", "api", "worker", "health", "backup"] {
            let path = part.isEmpty ? "helm/martlet" : "helm/martlet/charts/\(part)"
            let schema = try YAMLTree(parsing: Repository.text("\(path)/values.schema.json"))
            let own = part.isEmpty ? values : values[part]
            Self.compare(schema, own, at: part.isEmpty ? [] : [part])
        }
    }

    private static func compare(_ schema: YAMLTree, _ value: YAMLTree, at path: [String]) {
        let known = schema["properties"].members
        guard !known.isEmpty, !value.members.isEmpty else { return }
        let place = path.joined(separator: ".")
        let parts: Set = ["api", "worker", "health", "backup"]
        // What may be said, and is not by default.
        let silent: [String: Set<String>] = [
            "": ["common"], "settings": [], "runs": ["args", "backoffLimit", "resources", "startingDeadlineSeconds"],
            "probes": ["initialDelaySeconds", "successThreshold"],
        ]
        #expect(
            Set(value.members.keys).subtracting(known.keys).sorted() == [],
            "\(place) has values that the schema has not"
        )
        var more = Set(known.keys).subtracting(value.members.keys).subtracting(path.isEmpty ? silent[""] ?? [] : [])
        if path.count == 1 { more.remove("global") }
        if path.count > 1 { more.subtract(silent[path[path.count - 2]] ?? []) }
        if path.last == "settings" || path.contains("resources") { more = [] }
        if path.dropLast().last == "secrets" || path.last == "secrets" { more = [] }
        #expect(more.sorted() == [], "\(place): the schema has values that nobody sees")
        for (name, member) in value.members where !(path.isEmpty && parts.contains(name)) {
            compare(known[name] ?? .none, member, at: path + [name])
        }
    }
}
