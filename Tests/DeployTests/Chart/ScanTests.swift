// SPDX-License-Identifier: Apache-2.0
// Martlet: what a scanner of policies finds in the chart's objects, and what is waived with a reason.

import FoundationEssentials
import TestSupport
import Testing

@Suite(
    "A scanner's view of the chart",
    .enabled(if: DeployTool.trivy.isThere, "\(DeployTool.trivy.reason)"),
    .enabled(if: DeployTool.helm.isThere, "\(DeployTool.helm.reason)")
)
struct ScanTests {
    /// A finding: the check's id, and `KIND/NAME`.
    private struct Finding: Hashable {
        let check: String
        let object: String
        let severity: String
    }

    @Test
    func findingsAndWaiversAgree() async throws {
        let waivers = try YAMLTree(parsing: Repository.text("helm/waivers.yaml")).items
        #expect(waivers.count > 3)
        for waiver in waivers { #expect((waiver["reason"].text ?? "").count >= 10, "\(waiver) says no reason") }
        let findings = try await Self.scan(["dev", "prod", "physical-backups", "canary", "everything"])
        func covers(_ waiver: YAMLTree, _ finding: Finding) -> Bool {
            waiver["check"].text == finding.check
                && waiver["objects"].items.contains { Self.fits($0.text ?? "", finding.object) }
        }
        let open = findings.filter { finding in !waivers.contains { covers($0, finding) } }
        #expect(open.map { "\($0.severity) \($0.check) \($0.object)" }.sorted() == [])
        for waiver in waivers {
            #expect(findings.contains { covers(waiver, $0) }, "nobody needs the waiver of \(waiver["check"])")
        }
        #expect(Set(findings.map(\.check)).count > 3)
    }

    /// The scanner is no judge if it finds nothing where something is.
    @Test
    func theScannerFindsWhatIsWrong() async throws {
        let folder = try RecoveryFolder()
        let wrong = """
            apiVersion: v1
            kind: Pod
            metadata: {name: wrong, namespace: martlet}
            spec: {hostNetwork: true, containers: [{name: a, image: a:latest, securityContext: {privileged: true}}]}
            """
        try Data(wrong.utf8).write(to: URL(filePath: "\(folder.path)/0.yaml"))
        let found = try await Self.run(in: folder.path, objects: ["Pod/wrong"])
        #expect(found.contains { $0.severity == "HIGH" })
        #expect(found.count > 8)
    }

    /// Each object is a file of its own, so that a finding says which it is about.
    private static func scan(_ cases: [String]) async throws -> Set<Finding> {
        let folder = try RecoveryFolder()
        var objects: [String] = []
        for name in cases {
            for document in try await ChartCase.named(name).rendering.text.split(separator: "\n---\n") {
                let tree = try YAMLTree(parsing: String(document))
                guard let kind = tree["kind"].text, let name = tree["metadata.name"].text, !name.contains("-dashboard-")
                else { continue }
                try Data(document.utf8).write(to: URL(filePath: "\(folder.path)/\(objects.count).yaml"))
                objects.append("\(kind)/\(name)")
            }
        }
        #expect(objects.count > 100)
        return try await run(in: folder.path, objects: objects)
    }

    private static func run(in folder: String, objects: [String]) async throws -> Set<Finding> {
        struct Report: Decodable {
            struct Result: Decodable {
                struct Misconfiguration: Decodable { let ID, Severity: String }
                let Target: String
                let Misconfigurations: [Misconfiguration]?
            }
            let Results: [Result]
        }
        let output = "\(folder)/report.json"
        let run = try await DeployTool.trivy.run(
            [
                "config", "--quiet", "--skip-check-update", "--skip-version-check", "--format", "json", "--output",
                output, folder,
            ]
        )
        try #require(run.end == .code(0), "\(run.text)")
        let report = try JSONDecoder().decode(Report.self, from: Data(contentsOf: URL(filePath: output)))
        return Set(
            report.Results.flatMap { result in
                let number = Int(result.Target.prefix { $0 != "." }) ?? -1
                return (result.Misconfigurations ?? []).map {
                    Finding(
                        check: $0.ID,
                        object: objects.indices.contains(number) ? objects[number] : result.Target,
                        severity: $0.Severity
                    )
                }
            }
        )
    }

    /// Whether a pattern with stars fits.
    static func fits(_ pattern: String, _ text: String) -> Bool {
        guard let first = pattern.first else { return text.isEmpty }
        if first == "*" {
            return fits(String(pattern.dropFirst()), text) || !text.isEmpty && fits(pattern, String(text.dropFirst()))
        }
        return text.first == first && fits(String(pattern.dropFirst()), String(text.dropFirst()))
    }
}
