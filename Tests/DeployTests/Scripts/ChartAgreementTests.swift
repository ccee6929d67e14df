// SPDX-License-Identifier: Apache-2.0
// Martlet: that the chart has what the scripts, the workflows and Skaffold rely on.

import TestSupport
import Testing

@Suite("Scripts and the chart", .enabled(if: DeployTool.helm.isThere, "\(DeployTool.helm.reason)"))
struct ChartAgreementTests {
    private static let programs = ["api", "worker", "health", "backup"]

    private func objects(_ environment: String, _ values: HelmValue = [:], by helm: Helm.Version = .three) async throws
        -> [KubernetesObject]
    {
        var request = Helm.Request(
            helmVersion: helm.rawValue,
            releaseName: "martlet",
            namespace: "martlet-\(environment)"
        )
        request.chart = "\(Repository.root)/helm/martlet"
        request.valuesFiles = ["\(Repository.root)/helm/martlet/values-\(environment).yaml"]
        request.values = values
        request.apiVersions = ["monitoring.coreos.com/v1"]
        return try await Helm.shared.value.objects(request)
    }

    /// What `scripts/deploy.sh --tag` sets, and what a workflow adds, is what pods run.
    @Test(arguments: ["dev", "staging", "prod"], Helm.Version.allCases)
    func tagAndRegistryReachEachPod(_ environment: String, _ helm: Helm.Version) async throws {
        let values = HelmValue("global.image.tag", "9.8.7").merged(
            HelmValue("global.image.registry", "registry.test/us")
        )
        let images = try await objects(environment, values, by: helm).flatMap(\.containers).compactMap {
            $0["image"].text
        }
        for program in Self.programs {
            #expect(images.contains("registry.test/us/martlet-\(program):9.8.7"), "\(images)")
        }
        #expect(images.allSatisfy { !$0.contains("martlet-") || $0.hasSuffix(":9.8.7") }, "\(images)")
    }

    /// What the workflow of a stage sets: each pod runs the image that was verified, whatever its tag.
    @Test func digestsReachEachPod() async throws {
        var values = HelmValue("global.image.registry", "registry.test/us")
        for (place, program) in Self.programs.enumerated() {
            let digest = "sha256:" + String(repeating: "\(place)", count: 64)
            values = values.merged(HelmValue("\(program).image.digest", .text(digest)))
        }
        let images = try await objects("prod", values).flatMap(\.containers).compactMap { $0["image"].text }
        for (place, program) in Self.programs.enumerated() {
            let own = images.filter { $0.contains("/martlet-\(program)") }
            #expect(
                !own.isEmpty && own.allSatisfy { $0.hasSuffix("@sha256:" + String(repeating: "\(place)", count: 64)) },
                "\(images)"
            )
        }
    }

    /// What `scripts/verify-deploy.sh` looks for: the workloads of a program, pods of theirs alone, and a port named http.
    @Test(arguments: ["dev", "staging", "prod"])
    func selectorsFindThePrograms(_ environment: String) async throws {
        let workloads = try await objects(environment)
            .filter {
                ["Deployment", "StatefulSet"].contains($0.kind) && $0.labels["app.kubernetes.io/instance"] == "martlet"
            }
        for program in ["api", "worker", "health"] {
            let found = workloads.filter { $0.labels["app.kubernetes.io/name"] == "martlet-\(program)" }
            #expect(found.count == 1, "\(program): \(found)")
            let pods = found.first?.podTemplate
            #expect(pods?["metadata.labels"].texts["app.kubernetes.io/name"] == "martlet-\(program)")
            #expect(pods?["metadata.labels"].texts["app.kubernetes.io/instance"] == "martlet")
            let ports = found.first?.containers.flatMap { $0["ports"].items }.compactMap { $0["name"].text } ?? []
            #expect(ports.contains("http"), "\(program): \(ports)")
        }
    }

    /// What `scripts/drill.sh` starts, wherever jobs of the cluster do the drills.
    @Test(arguments: ["staging", "prod"])
    func thereIsADrillToStart(_ environment: String) async throws {
        let drills = try await objects(environment, HelmValue("backup.runBy", "cronjob"))
            .filter { $0.kind == "CronJob" && $0.name.hasSuffix("-drill") }
        #expect(drills.count == 1)
        #expect(drills.first?.labels["app.kubernetes.io/instance"] == "martlet")
    }

    /// What a verification of dev reads the key from.
    @Test func theSecretOfDevHasTheKeys() async throws {
        let secrets = try await objects("dev", HelmValue("global.fullnameOverride", "any")).filter {
            $0.kind == "Secret" && $0.labels["app.kubernetes.io/instance"] == "martlet"
                && $0.labels["app.kubernetes.io/component"] == "secrets"
        }
        #expect(secrets.map(\.name) == ["any"])
        let keys = secrets.first.map { $0["data"].texts.merging($0["stringData"].texts) { $1 } } ?? [:]
        #expect(keys["MARTLET_API_KEYS"] != nil, "\(keys.keys)")
    }

    /// Skaffold builds all images, and names each to its pods.
    @Test func skaffoldsImagesReachTheirPods() async throws {
        let skaffold = try YAMLTree(parsing: Repository.text("skaffold.yaml"))
        let artifacts = skaffold["build.artifacts"].items
        #expect(artifacts.compactMap { $0["image"].text } == Self.programs.map { "martlet-\($0)" })
        #expect(artifacts.compactMap { $0["docker.buildArgs.SERVICE"].text } == Self.programs)
        let release = skaffold["deploy.helm.releases.0"]
        #expect(release["chartPath"].text == "helm/martlet")
        #expect(release["valuesFiles"].items.compactMap(\.text) == ["helm/martlet/values-dev.yaml"])
        var values: HelmValue = [:]
        for (path, template) in release["setValueTemplates"].texts {
            let program = path.split(separator: ".").first.map(String.init) ?? ""
            let name = path.hasSuffix("repository") ? "REPO" : "TAG"
            #expect(template == "{{.IMAGE_\(name)_martlet_\(program)}}")
            values = values.merged(HelmValue(path, .text(name == "REPO" ? "built/\(program)" : "fresh")))
        }
        let images = try await objects("dev", values).flatMap(\.containers).compactMap { $0["image"].text }
        for program in Self.programs { #expect(images.contains("built/\(program):fresh"), "\(images)") }
        let services = try await objects("dev").filter { $0.kind == "Service" }
        for forward in skaffold["portForward"].items {
            let service = services.first { $0.name == forward["resourceName"].text }
            #expect(
                service?["spec.ports"].items.compactMap { $0["port"].number }
                    == [forward["port"].number].compactMap(\.self)
            )
        }
    }

    /// What the workflows give to a build, the Dockerfile takes.
    @Test func buildArgumentsAreThoseOfTheDockerfile() throws {
        let dockerfile = try Repository.text("Dockerfile")
        let build = try Workflow.named("images").tree["jobs.build.steps"].items.first { $0["id"].text == "build" }
        let arguments = build?["with.build-args"].text?.split(separator: "\n") ?? []
        #expect(arguments.count == 3)
        for argument in arguments {
            let name = argument.prefix { $0 != "=" }
            #expect(dockerfile.contains("ARG \(name)"), "\(name)")
        }
    }

    /// What the workflow of each change loads into its cluster, and minikube too, Compose builds.
    @Test func composeNamesEachImageByTheTagThatIsGiven() throws {
        let services = try YAMLTree(parsing: Repository.text("compose.yaml"))["services"].members
        let images = services.values.filter { !$0["build"].isNone }.compactMap { $0["image"].text }
        for program in Self.programs {
            #expect(images.contains { $0.contains("/martlet-\(program):${MARTLET_TAG") }, "\(program): \(images)")
        }
    }

    /// `up --wait` takes a service that ends for a failed one, unless somebody waits for just that.
    @Test func composeWaitsForWhatEnds() throws {
        let services = try YAMLTree(parsing: Repository.text("compose.yaml"))["services"].members
        let ending = services.filter { $0.value["restart"].text == "no" && $0.value["profiles"].isNone }.keys
        #expect(!ending.isEmpty)
        for name in ending {
            let waits = services.values.compactMap { $0["depends_on"].member(name)["condition"].text }
            #expect(waits.contains("service_completed_successfully"), "\(name)")
        }
    }
}
