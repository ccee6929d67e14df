// SPDX-License-Identifier: Apache-2.0
// Martlet: tests of kubernetes-export.sh with stand-ins for helm and kubectl, which write down how they are called.

import Glibc
import TestSupport
import Testing

@Suite(
    "The objects of a release as files",
    .enabled(if: access("/usr/bin/openssl", X_OK) == 0, "openssl is not installed")
)
struct KubernetesExportTests {
    private static let secret = "c2VjcmV0LW9mLXRoZS1kYXRhYmFzZQ=="

    private static let helm = """
        #!/bin/sh
        echo "helm $*" >> "$CALLS"
        [ "$3" = martlet ] || { echo "Error: release: not found" >&2; exit 1; }
        cat <<'YAML'
        ---
        # Source: martlet/templates/secret.yaml
        apiVersion: v1
        kind: Secret
        metadata: {name: martlet}
        data: {url: SECRET}
        ---
        # Source: martlet/templates/deployment.yaml
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: martlet-api}
        ---
        apiVersion: v1
        kind: List
        items:
          - apiVersion: v1
            kind: "Secret"
            metadata: {name: inner}
            data: {url: SECRET}
        ---
        apiVersion: v1
        kind: ConfigMap
        metadata: {name: martlet}
        YAML
        """.replacing("SECRET", with: secret)

    private static let kubectl = """
        #!/bin/sh
        echo "kubectl $*" >> "$CALLS"
        case "$*" in
            "api-resources "*) printf '%s\\n' configmaps secrets pods deployments.apps leases.coordination.k8s.io scaledobjects.keda.sh ;;
            "get secrets "*" --output name") echo secret/martlet ;;
            "get secrets "*) printf 'apiVersion: v1\\nitems:\\n- kind: Secret\\n  data: {url: SECRET}\\nkind: List\\n' ;;
            "get deployments.apps "*) printf 'apiVersion: v1\\nitems:\\n- kind: Deployment\\n  metadata: {name: martlet-api}\\nkind: List\\n' ;;
            "get scaledobjects.keda.sh "*) [ -z "$REFUSED" ] || { echo "Error from server (Forbidden)" >&2; exit 1; }
                printf 'apiVersion: v1\\nitems: []\\nkind: List\\n' ;;
            *) printf 'apiVersion: v1\\nitems:\\n- kind: ConfigMap\\nkind: List\\n' ;;
        esac
        """.replacing("SECRET", with: secret)

    private func scene() throws -> (ScriptScene, [String: String]) {
        let scene = try ScriptScene()
        mkdir("\(scene.path)/bin", 0o755)
        try ScriptFile.write(Self.helm, to: "\(scene.path)/bin/helm")
        try ScriptFile.write(Self.kubectl, to: "\(scene.path)/bin/kubectl")
        return (scene, ["PATH": "\(scene.path)/bin:/usr/bin:/bin", "CALLS": "\(scene.path)/calls"])
    }

    @Test func everythingButSecrets() async throws {
        let (scene, settings) = try scene()
        let folder = "\(scene.path)/release"
        let run = try await scene.script("kubernetes-export", "martlet", "jobs", folder, with: settings)
        try #require(run.end == .code(0), "\(run.text)")
        #expect(run.text.contains("\(folder), 2 kinds, 1 Secrets left out"), "\(run.text)")
        let manifest = scene.text("release/manifest.yaml")
        #expect(manifest.contains("kind: Deployment") && manifest.contains("kind: ConfigMap"))
        #expect(scene.text("release/secrets.txt") == "secret/martlet\n")
        #expect(
            scene.exists("release/objects/deployments.apps.yaml") && scene.exists("release/objects/configmaps.yaml")
        )
        for name in ["pods", "secrets", "leases.coordination.k8s.io", "scaledobjects.keda.sh"] {
            #expect(!scene.exists("release/objects/\(name).yaml"), "\(name)")
        }
        #expect(try await scene.run(["/bin/grep", "-rq", Self.secret, folder]).end == .code(1))
        let sums = try await scene.run(["/bin/sh", "-c", "cd \(folder) && sha256sum --check --strict SHA256SUMS"])
        #expect(sums.end == .code(0), "\(sums.text)")
        let calls = scene.text("calls").split(separator: "\n")
        #expect(calls.first == "helm get manifest martlet --namespace jobs")
        let gets = calls.filter { $0.hasPrefix("kubectl get ") }
        #expect(!gets.isEmpty)
        #expect(gets.allSatisfy { $0.contains("--namespace jobs --selector app.kubernetes.io/instance=martlet ") })
        #expect(try await scene.script("kubernetes-export", "martlet", "jobs", folder, with: settings).end == .code(73))
    }

    @Test func sealedSecretsOpenWithTheKeyAlone() async throws {
        let (scene, settings) = try scene()
        let (key, certificate) = ("\(scene.path)/key.pem", "\(scene.path)/certificate.pem")
        let made = try await scene.run([
            "/usr/bin/openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=recovery", "-keyout",
            key,
            "-out", certificate,
        ])
        try #require(made.end == .code(0), "\(made.text)")
        let run = try await scene.script(
            "kubernetes-export",
            "martlet",
            "jobs",
            "\(scene.path)/release",
            "--seal",
            certificate,
            with: settings
        )
        try #require(run.end == .code(0), "\(run.text)")
        #expect(try await scene.run(["/bin/grep", "-rq", Self.secret, "\(scene.path)/release"]).end == .code(1))
        let opened = try await scene.run([
            "/usr/bin/openssl", "cms", "-decrypt", "-inform", "DER", "-in", "\(scene.path)/release/secrets.yaml.cms",
            "-inkey", key,
        ])
        #expect(opened.text.contains(Self.secret), "\(opened.text)")
    }

    @Test func nothingIsLeftOfWhatFails() async throws {
        let (scene, settings) = try scene()
        let missing = try await scene.script("kubernetes-export", "other", "jobs", "\(scene.path)/a", with: settings)
        #expect(missing.end == .code(66) && missing.text.contains("no release other"), "\(missing.text)")
        let refused = try await scene.script(
            "kubernetes-export",
            "martlet",
            "jobs",
            "\(scene.path)/b",
            with: settings.merging(["REFUSED": "1"]) { $1 }
        )
        #expect(refused.end == .code(68) && refused.text.contains("scaledobjects.keda.sh"), "\(refused.text)")
        #expect(try await scene.script("kubernetes-export", "martlet", with: settings).end == .code(64))
        #expect(
            try await scene.run(["/bin/sh", "-c", "ls -d \(scene.path)/[ab]* 2>/dev/null | grep -v /bin"]).text == ""
        )
    }
}
