// SPDX-License-Identifier: Apache-2.0
// Martlet: that secrets are mounted as files from where they are, and stand nowhere else.

import TestSupport
import Testing

@Suite("Secrets in the chart", .enabled(if: DeployTool.helm.isThere, "\(DeployTool.helm.reason)"))
struct SecretTests {
    @Test(arguments: ChartCase.all)
    func eachIsAFileThatIsMounted(_ one: ChartCase) async throws {
        let chart = try await one.rendering
        for pod in chart.pods where pod.isOurs || pod.component == "test" {
            let variables = pod.containers.flatMap { $0["env"].items }
            let files = variables.filter { $0["name"].text?.hasSuffix("_FILE") == true }.compactMap { $0["value"].text }
            let mounts = pod.containers.flatMap { $0["volumeMounts"].items }.filter { $0["name"].text == "secrets" }
            #expect(mounts.map { $0["readOnly"].flag } == [true], "\(pod)")
            let folder = mounts.first?["mountPath"].text ?? ""
            let volume = try #require(pod.spec["volumes"].items.first { $0["name"].text == "secrets" })
            let paths = volume["projected.sources"].items.flatMap { $0["secret.items"].items }.compactMap {
                $0["path"].text
            }
            #expect(Set(files) == Set(paths.map { "\(folder)/\($0)" }), "\(pod)")
            #expect(
                files.contains("\(folder)/\(pod.component == "test" ? "MARTLET_API_KEYS" : "DATABASE_URL")"),
                "\(pod)"
            )
            // Readable by the pod's group alone: Helm's 0440 is 288 to Kubernetes.
            #expect(["0440", "288"].contains(volume["projected.defaultMode"].text), "\(pod)")
            // No secret is in the environment itself.
            for variable in variables { #expect(variable["valueFrom.secretKeyRef"].isNone, "\(pod)") }
            #expect(pod.containers.flatMap { $0["envFrom"].items }.allSatisfy { $0["secretRef"].isNone }, "\(pod)")
        }
    }

    @Test(arguments: ChartCase.all)
    func eachComesFromASecretThatSomebodyMakes(_ one: ChartCase) async throws {
        let chart = try await one.rendering
        let values = try one.values
        let source = values["global.secrets.source"].text ?? "existing"
        let made = chart.all("Secret").map { ($0.name, Set($0["stringData"].texts.keys)) }
        let external = Set(chart.all("ExternalSecret").compactMap { $0["spec.target.name"].text })
        for pod in chart.pods where pod.isOurs {
            for volume in pod.spec["volumes"].items {
                for secret in volume["projected.sources"].items.map({ $0["secret"] }) {
                    let name = try #require(secret["name"].text)
                    let isOfOthers = ["webhooks", "bus", "api-only", "health-database", "keys-of-backup"].contains(name)
                    switch source {
                    case "existing": #expect(isOfOthers || name == chart.base, "\(pod): \(name)")
                    case "external": #expect(external.contains(name) || isOfOthers, "\(pod): \(name)")
                    default:
                        let keys = made.first { $0.0 == name }?.1
                        #expect(keys != nil || isOfOthers, "\(pod): \(name)")
                        let isOptional = secret["optional"].flag == true
                        for item in secret["items"].items where keys != nil && !isOptional {
                            #expect(keys?.contains(item["key"].text ?? "") == true, "\(pod): \(name) has no \(item)")
                        }
                    }
                }
            }
        }
        #expect(source != "existing" || made.isEmpty)
        #expect(source != "external" || external.count > 0)
        #expect(source != "create" || made.count > 0)
    }

    /// Values of secrets in these cases begin with `hidden`, or are those of values-dev.yaml.
    @Test(arguments: ["secrets-of-values", "development", "dev"])
    func valuesStandInSecretsAlone(_ name: String) async throws {
        let chart = try await ChartCase.named(name).rendering
        let secrets = chart.all("Secret")
        #expect(secrets.contains { "\($0["stringData"])".contains("hidden") || name == "dev" })
        for object in chart.objects where object.kind != "Secret" {
            let text = object.wholeText
            for value in ["hidden", "martlet-development-key", "martlet-development-token", "martlet:martlet@"] {
                #expect(!text.contains(value), "\(object) shows a secret")
            }
        }
    }

    @Test(arguments: ChartCase.all)
    func noConfigMapHasASecretSetting(_ one: ChartCase) async throws {
        let secret = [
            "DATABASE_URL", "REDIS_URL", "MARTLET_API_KEYS", "MARTLET_WEBHOOK_SECRETS", "MARTLET_BACKUP_KEYS",
            "MARTLET_BACKUP_SIGNING_KEY", "MARTLET_BACKUP_HEARTBEAT_TOKEN", "OTEL_EXPORTER_OTLP_HEADERS",
        ]
        let maps = try await one.rendering.all("ConfigMap")
        #expect(!maps.isEmpty)
        for map in maps { #expect(Set(map["data"].texts.keys).isDisjoint(with: secret), "\(map)") }
    }

    @Test
    func externalSecretsAreOfTheVersionThatIsServed() async throws {
        let chart = try await ChartCase.everything.rendering
        let secrets = chart.all("ExternalSecret")
        // One for the release, and one that the migration finds before the release is there.
        #expect(Set(secrets.compactMap { $0["spec.target.name"].text }) == ["platform-secret", "big-gannet-migrate"])
        for secret in secrets {
            #expect(secret.apiVersion == "external-secrets.io/v1")
            // What the operator made goes when the release does; with Merge or None there would be nothing to mount.
            #expect(secret["spec.target.creationPolicy"].text == "Owner", "\(secret)")
            #expect(secret["spec.dataFrom.0.extract.key"].text == "everything/martlet")
            #expect(secret["spec.data.0.secretKey"].text == "MARTLET_API_KEYS")
            #expect(
                secret["spec.data.0.remoteRef"].texts == [
                    "key": "everything/keys", "property": "operators", "version": "version-21",
                ]
            )
        }
    }
}

extension KubernetesObject {
    /// All that it says, on one line.
    var wholeText: String { ["metadata", "spec", "data", "stringData"].map { "\(self[$0])" }.joined(separator: " ") }
}
