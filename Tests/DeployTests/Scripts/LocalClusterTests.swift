// SPDX-License-Identifier: Apache-2.0
// Martlet: what scripts/minikube.sh and scripts/monitoring.sh do.

import TestSupport
import Testing

@Suite("A cluster on this machine, and monitoring in one")
struct LocalClusterTests {
    @Test func aClusterIsMadeAsItIsAskedFor() async throws {
        let commands = try ClusterCommands()
        let run = try await commands.run("minikube.sh", "start", "--cpus", "2", "--memory", "4g", "--driver", "podman")
        #expect(run.end == .code(0), "\(run.text)")
        #expect(
            try commands.calls == [
                "minikube --profile martlet start --cpus 2 --memory 4g --cni calico --driver podman",
                "minikube --profile martlet addons enable ingress",
                "minikube --profile martlet addons enable metrics-server",
            ]
        )
    }

    /// Each of our own images once, and nobody else's.
    @Test func imagesAreBuiltAndLoaded() async throws {
        let commands = try ClusterCommands()
        let run = try await commands.run("minikube.sh", "images")
        #expect(run.end == .code(0), "\(run.text)")
        let calls = try commands.calls
        // Of what is built: other sources have another tag, or no pod would be replaced.
        let tag = try #require(calls.first?.firstMatch(of: /minikube-[0-9a-f]{12}/)).output
        #expect(
            calls == [
                "docker compose build (\(tag))",
                "docker compose config --images (\(tag))",
                "minikube --profile martlet image load registry.test/martlet-api:\(tag)",
                "minikube --profile martlet image load registry.test/martlet-worker:\(tag)",
            ]
        )
        _ = try await commands.run("minikube.sh", "deploy")
        #expect(try commands.calls(of: "helm", "upgrade").first?.contains("global.image.tag=\(tag) ") == true)
    }

    @Test(arguments: ["stop", "delete"])
    func itsEndIsMinikubes(_ verb: String) async throws {
        let commands = try ClusterCommands()
        #expect(try await commands.run("minikube.sh", verb).end == .code(0))
        #expect(try commands.calls == ["minikube --profile martlet \(verb)"])
    }

    @Test func theAPIIsReachedInItsOwnCluster() async throws {
        let commands = try ClusterCommands()
        var answers = ClusterCommands.Answers()
        // Nothing is there: kubectl ends at once.
        answers.ports = [:]
        _ = try await commands.run("minikube.sh", "url", answers: answers)
        let call = try commands.calls.first
        #expect(call == "kubectl --context martlet --namespace martlet-dev port-forward service/martlet-api 8080:http")
    }

    @Test func whatIsDeployedIsThisCheckoutAndIsVerified() async throws {
        let commands = try ClusterCommands()
        var answers = ClusterCommands.Answers()
        answers.rollout = 1
        answers.ports = ["api": 1]
        let run = try await commands.run("minikube.sh", "deploy", "--", "--set", "api.replicas=2", answers: answers)
        #expect(run.end == .code(3), "\(run.text)")
        let upgrade = try commands.calls(of: "helm", "upgrade").first ?? ""
        #expect(upgrade.hasPrefix("helm --kube-context martlet --namespace martlet-dev upgrade martlet "), "\(upgrade)")
        #expect(
            upgrade.contains("--set-string global.image.tag=minikube-") && upgrade.hasSuffix("--set api.replicas=2")
        )
        #expect(try !commands.calls(of: "kubectl", "rollout").isEmpty)
        #expect(try commands.calls(of: "helm", "rollback").isEmpty)
    }

    @Test func wrongWordsAreNamed() async throws {
        let commands = try ClusterCommands()
        for words in [
            ["minikube.sh"], ["minikube.sh", "begin"], ["monitoring.sh", "dev"], ["monitoring.sh", "install"],
        ] {
            let run = try await commands.run(words[0], Array(words.dropFirst()))
            #expect(run.end == .code(2) && run.text.hasPrefix("error: "), "\(run.text)")
        }
        #expect(try commands.calls.isEmpty)
    }

    @Test func monitoringIsInstalledToFindWhatMartletBrings() async throws {
        let commands = try ClusterCommands()
        let run = try await commands.run("monitoring.sh", "install", "dev", "--", "--set", "grafana.enabled=false")
        #expect(run.end == .code(0), "\(run.text)")
        let upgrade = try #require(try commands.calls(of: "helm", "upgrade").first)
        #expect(upgrade.hasPrefix("helm --namespace monitoring upgrade prometheus oci://"), "\(upgrade)")
        #expect(upgrade.contains(/--version \d+\.\d+\.\d+\s/))
        #expect(upgrade.contains("--values infra/monitoring/kube-prometheus-stack.yaml"))
        #expect(upgrade.hasSuffix("--set grafana.enabled=false"))
        let values = try YAMLTree(parsing: Repository.text("infra/monitoring/kube-prometheus-stack.yaml"))
        let prometheus = values["prometheus.prometheusSpec"]
        for kind in ["rule", "serviceMonitor", "podMonitor"] {
            #expect(prometheus["\(kind)SelectorNilUsesHelmValues"].flag == false, "\(kind)")
        }
        // The label by which dashboards are found is the one that the chart gives them.
        let label = try #require(values["grafana.sidecar.dashboards.label"].text)
        #expect(try Repository.text("helm/martlet/values.yaml").contains("labels: {\(label): "))
    }

    @Test func monitoringOfProductionNeedsItsCluster() async throws {
        let commands = try ClusterCommands()
        let run = try await commands.run("monitoring.sh", "status", "prod")
        #expect(run.end == .code(2) && run.text.contains("prod needs --context NAME"), "\(run.text)")
        #expect(try await commands.run("monitoring.sh", "status", "prod", "--context", "main").end == .code(0))
        let calls = try commands.calls
        #expect(calls.allSatisfy { $0.contains("context main --namespace monitoring ") }, "\(calls)")
    }
}
