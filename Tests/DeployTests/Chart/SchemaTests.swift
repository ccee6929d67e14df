// SPDX-License-Identifier: Apache-2.0
// Martlet: that Kubernetes knows every field of every object of the chart.

import FoundationEssentials
import Glibc
import TestSupport
import Testing

@Suite(
    "Schemas of the chart's objects",
    .enabled(if: DeployTool.kubernetesValidate.isThere, "\(DeployTool.kubernetesValidate.reason)"),
    .enabled(if: DeployTool.helm.isThere, "\(DeployTool.helm.reason)")
)
struct SchemaTests {
    /// Where definitions of custom objects are: `MARTLET_TEST_CRD_SCHEMAS`, or beside the repository.
    private static let definitions =
        getenv("MARTLET_TEST_CRD_SCHEMAS").map { String(cString: $0) } ?? "\(Repository.root)/../shared/crd-schemas"
    private static let areDefinitionsThere = access(definitions, R_OK) == 0

    /// Holds objects against the schemas of these versions of Kubernetes, and custom ones against those in a folder.
    /// - Returns: The faults, and how many schemas there were.
    private func check(
        _ texts: [(kube: String, text: String)],
        definitions: String = "-",
        versions: [String] = ["1.29", "1.33", "1.37"]
    ) async throws -> (faults: [String], count: Int) {
        let folder = try RecoveryFolder()
        let files = try texts.enumerated().map { number, one in
            let path = "\(folder.path)/\(number).yaml"
            try Data("# kubernetes: \(one.kube)\n\(one.text)".utf8).write(to: URL(filePath: path))
            return path
        }
        let arguments = ["Tests/Tools/check_objects.py", definitions] + versions + ["--"]
        // Thousands of objects, each against three versions, beside all other tests.
        let run = try await DeployTool.python.run(arguments + files, within: .seconds(300))
        try #require(run.end == .code(0), "\(run.text)")
        let lines = run.text.split(separator: "\n").map(String.init)
        let words = lines.last?.split(separator: " ") ?? []
        return (lines.dropLast(), words.count == 4 ? Int(words[2]) ?? 0 : 0)
    }

    private func allCases() async throws -> [(kube: String, text: String)] {
        var texts: [(kube: String, text: String)] = []
        for one in ChartCase.all { texts.append((one.kube, try await one.rendering.text)) }
        return texts
    }

    /// Names that YAML would take for a number or a truth.
    @Test
    func namesAreTexts() async throws {
        var texts: [(kube: String, text: String)] = []
        for (release, namespace) in [("1", "2026"), ("true", "1e3"), ("null", "0x7")] {
            for one in [try ChartCase.named("prod"), try ChartCase.named("backups-by-service")] {
                var request = one.request()
                (request.releaseName, request.namespace) = (release, namespace)
                request.values = HelmValue(
                    "global",
                    [
                        "authorities": "123", "image": ["pullSecrets": ["456"]],
                        "pod": ["priorityClassName": "1", "runtimeClassName": "2"],
                    ]
                )
                .merged(HelmValue("api.serviceAccount.name", "7")).merged(HelmValue("worker.serviceAccount.name", "8"))
                .merged(HelmValue("api.secrets.DATABASE_URL.secret", "9"))
                .merged(
                    HelmValue(
                        "api.ingress",
                        ["enabled": true, "className": "10", "hosts": ["a.example"], "tlsSecret": "11"]
                    )
                )
                texts.append((one.kube, try await ChartRendering(request).text))
            }
        }
        let (faults, count) = try await check(texts)
        #expect(faults == [])
        #expect(count > 200)
    }

    @Test
    func thoseOfKubernetesAreStrictlyRight() async throws {
        let (faults, count) = try await check(allCases())
        #expect(faults == [])
        #expect(count > 500)
    }

    @Test(
        .enabled(
            if: areDefinitionsThere,
            "there are no definitions of custom objects: MARTLET_TEST_CRD_SCHEMAS names their folder"
        )
    )
    func thoseOfOthersAreRight() async throws {
        let (faults, count) = try await check(allCases(), definitions: Self.definitions, versions: [])
        #expect(faults == [])
        #expect(count > 25)
    }

    @Test
    func faultsAreFound() async throws {
        let wrong = """
            apiVersion: v1
            kind: Service
            metadata: {name: a, namespace: b}
            spec: {ports: [{port: 80, portt: 81}]}
            ---
            apiVersion: batch/v1beta1
            kind: CronJob
            metadata: {name: removed}
            ---
            apiVersion: apps/v1
            kind: Deployment
            metadata: {name: no-selector}
            spec: {template: {spec: {containers: []}}}
            """
        let (faults, _) = try await check([("1.33", wrong)])
        for name in ["Service/a (1.37)", "CronJob/removed (1.33)", "Deployment/no-selector (1.37)"] {
            #expect(faults.contains { $0.contains(name) }, "\(faults)")
        }
        #expect(faults.count == 6)
    }

    @Test(
        .enabled(
            if: areDefinitionsThere,
            "there are no definitions of custom objects: MARTLET_TEST_CRD_SCHEMAS names their folder"
        )
    )
    func faultsOfCustomObjectsAreFound() async throws {
        let wrong = """
            apiVersion: external-secrets.io/v1
            kind: ExternalSecret
            metadata: {name: misspelt}
            spec: {secretStoreReff: {name: x}}
            ---
            apiVersion: external-secrets.io/v1
            kind: Nonesuch
            metadata: {name: unknown}
            """
        let (faults, _) = try await check([("1.33", wrong)], definitions: Self.definitions)
        #expect(
            faults.contains { $0.contains("misspelt") } && faults.contains { $0.contains("Nonesuch/unknown") },
            "\(faults)"
        )
    }
}
