// SPDX-License-Identifier: Apache-2.0
// Martlet: that what the handbook of the cluster tells people to do can be done: each command and each example of values.

import FoundationEssentials
import TestSupport
import Testing

@Suite("The handbook of the cluster", .enabled(if: DeployTool.helm.isThere, "\(DeployTool.helm.reason)"))
struct KubernetesDocumentTests {
    private static let handbook = "docs/kubernetes.md"
    private static let documents = [handbook, "helm/martlet/README.md", "README.md"]

    /// Blocks of a kind, without their fences.
    private static func blocks(_ kind: String, in document: String) throws -> [String] {
        try Repository.text(document).split(separator: "```", omittingEmptySubsequences: false).enumerated()
            .filter { !$0.offset.isMultiple(of: 2) && $0.element.hasPrefix("\(kind)\n") }
            .map { String($0.element.dropFirst(kind.count + 1)) }
    }

    /// Commands of a cluster between back quotes, some of them over the end of a line.
    private static func spans(in document: String) throws -> [String] {
        let prose = try Repository.text(document).split(separator: "```", omittingEmptySubsequences: false).enumerated()
            .filter { $0.offset.isMultiple(of: 2) }.map(\.element)
        return prose.flatMap { text in
            text.split(separator: "`", omittingEmptySubsequences: false).enumerated()
                .filter { !$0.offset.isMultiple(of: 2) }
                .map { $0.element.split(whereSeparator: \.isWhitespace).joined(separator: " ") }
        }
        .filter { $0.hasPrefix("helm ") || $0.hasPrefix("kubectl ") }
    }

    /// What a document leads to, where stand-ins take the place of helm and kubectl.
    private static func calls(_ document: String) async throws -> [String] {
        // Blocks of other pages' commands start programs of this machine.
        let blocks = try blocks("sh", in: document).filter { $0.contains("helm ") || $0.contains("kubectl ") }
        var calls: [String] = []
        for text in try blocks + spans(in: document) {
            let commands = try ClusterCommands()
            let run = try await commands.paste(text)
            #expect(run.end == .code(0), "\(text): \(run.text)")
            let found = try commands.calls
            #expect(!found.isEmpty, "\(text)")
            calls += found
        }
        return calls
    }

    /// The release as a document installs it: with values of their own, which begin with those of production.
    private static func request(_ call: DocumentedCall, _ version: Helm.Version = .three) -> Helm.Request {
        var request = Helm.Request(
            helmVersion: version.rawValue,
            releaseName: call.words.first,
            namespace: call.values(of: "--namespace").first ?? "default"
        )
        request.chart = call.words.dropFirst().first.map { "\(Repository.root)/\($0)" }
        request.valuesFiles = call.values(of: "--values").map {
            "\(Repository.root)/\($0 == "my-values.yaml" ? "helm/martlet/values-prod.yaml" : $0)"
        }
        return request
    }

    private static func production() async throws -> ChartRendering {
        try await ChartRendering(
            request(DocumentedCall("helm install martlet helm/martlet --namespace jobs --values my-values.yaml"))
        )
    }

    @Test(arguments: documents)
    func commandsOfHelmInstallTheChart(_ document: String) async throws {
        let calls = try await Self.calls(document).filter { $0.hasPrefix("helm ") }.map { try DocumentedCall($0) }
        #expect(!calls.isEmpty)
        for call in calls where !call.words.isEmpty {
            #expect(call.words.first == "martlet", "\(call)")
            #expect(call.values(of: "--timeout").allSatisfy { $0.wholeMatch(of: /[0-9]+[smh]/) != nil }, "\(call)")
            guard ["helm install", "helm upgrade"].contains(call.verb) else {
                #expect(call.words.count == 1, "\(call)")
                continue
            }
            #expect(call.words.count == 2, "\(call)")
            for version in Helm.Version.allCases {
                let refusal = try await Helm.shared.value.refusal(Self.request(call, version))
                #expect(refusal == nil, "\(call): \(refusal ?? "")")
            }
        }
    }

    /// Each names what there is in the release that they install.
    @Test func commandsOfKubectlFindWhatTheyName() async throws {
        let chart = try await Self.production()
        var calls: [DocumentedCall] = []
        for document in Self.documents {
            calls += try await Self.calls(document).filter { $0.hasPrefix("kubectl ") }.map { try DocumentedCall($0) }
        }
        #expect(calls.count > 15)
        let made = Set(calls.filter { $0.verb == "kubectl create job" }.compactMap(\.words.first))
        for call in calls {
            #expect(["jobs", nil].contains(call.values(of: "--namespace").first), "\(call)")
            var names = call.words.filter { $0.contains("/") && !$0.contains("=") } + call.values(of: "--from")
            if call.verb == "kubectl scale", let kind = call.words.first {
                names = call.words.dropFirst().map { "\(kind)/\($0)" }
            }
            for name in names where !made.contains(String(name.trimmingPrefix("job/"))) {
                let isThere = chart.objects.contains { "\($0.kind.lowercased())/\($0.name)" == name }
                #expect(isThere, "\(call): there is no \(name)")
            }
            for selector in call.values(of: "--selector") {
                let pair = selector.split(separator: "=").map(String.init)
                #expect(chart.pods.contains { $0.labels[pair[0]] == pair[1] }, "\(call)")
            }
            for target in call.values(of: "--target") {
                #expect(chart.pods.flatMap(\.containers).contains { $0["name"].text == target }, "\(call)")
            }
            if call.verb == "kubectl port-forward" {
                let service = try chart.one("Service/\(call.words[0].split(separator: "/")[1])")
                #expect(service["spec.ports.0.port"].text == call.words[1], "\(call)")
            }
            if call.verb == "kubectl exec" {
                #expect(call.command.first == "martlet-backup", "\(call)")
                #expect(ProgramSettings.verbs.contains(call.command.last ?? ""), "\(call)")
            }
        }
    }

    /// The Secret that the documents make has what pods of the defaults mount, by the name that they mount it by.
    @Test(arguments: documents.dropLast())
    func theSecretHasWhatPodsMount(_ document: String) async throws {
        let made = try await Self.calls(document).filter { $0.contains("create secret generic") }.map {
            try DocumentedCall($0)
        }
        #expect(made.count == 1)
        let chart = try await ChartRendering(
            Self.request(DocumentedCall("helm install martlet helm/martlet --namespace jobs"))
        )
        let wanted = chart.pods.flatMap { $0.spec["volumes"].items }.flatMap { $0["projected.sources"].items }
            .map { $0["secret"] }.filter { $0["optional"].flag != true }
        #expect(Set(wanted.compactMap { $0["name"].text }) == Set(made.compactMap(\.words.first)))
        let literals: [String] = made.flatMap { call in call.values(of: "--from-literal") }
        let keys = literals.compactMap { $0.split(separator: "=").first }
        #expect(Set(wanted.flatMap { $0["items"].items }.compactMap { $0["key"].text }) == Set(keys.map(String.init)))
    }

    /// Whoever follows the first lines asks an API on this machine, with the key that it has there.
    @Test func theKeyOfTheTrialIsThatOfItsValues() async throws {
        let asked = try await Self.calls(Self.handbook).filter { $0.hasPrefix("curl ") }
        #expect(asked.count == 1)
        let key = asked.first?.split(separator: " ").last.map(String.init) ?? "-"
        #expect(try Repository.text("helm/martlet/values-dev.yaml").contains("MARTLET_API_KEYS: \(key)\n"))
    }

    @Test func examplesOfValuesAreTaken() async throws {
        let known = try YAMLTree(parsing: Repository.text("helm/martlet/values.yaml")).members.keys
        let examples = try Self.blocks("yaml", in: Self.handbook).filter { block in
            try !Set(YAMLTree(parsing: block).members.keys).isDisjoint(with: known)
        }
        #expect(examples.count >= 5)
        let folder = try RecoveryFolder()
        for (number, example) in examples.enumerated() {
            let path = "\(folder.path)/\(number).yaml"
            try Data(example.utf8).write(to: URL(filePath: path))
            for version in Helm.Version.allCases {
                var request = try ChartCase.named("defaults").request(version)
                request.valuesFiles = [path]
                #expect(try await Helm.shared.value.refusal(request) == nil, "\(example)")
            }
        }
    }

    /// What nobody knows is no command.
    @Test(arguments: [
        "kubectl get everything", "helm install martlet --nonesuch 1", "kubectl scale deployment x --replica 0",
        "kubectl scale deployment x --replicas",
    ])
    func whatIsUnknownIsRefused(_ line: String) {
        #expect(throws: ClusterFailure.self) { try DocumentedCall(line) }
    }
}
