// SPDX-License-Identifier: Apache-2.0
// Martlet: a program of the build, run as a pod of the chart would run it.

import FoundationEssentials
import TestSupport

extension ChartRendering {
    /// The variables of a pod's container; of one that the cluster fills in, its field.
    func environment(of pod: ChartPod) throws -> [String: String] {
        guard let container = pod.containers.first, pod.containers.count == 1 else {
            throw ClusterFailure("\(pod) has several")
        }
        var variables: [String: String] = [:]
        for source in container["envFrom"].items {
            variables.merge(try one("ConfigMap/\(source["configMapRef.name"].text ?? "")")["data"].texts) { $1 }
        }
        for variable in container["env"].items {
            guard let name = variable["name"].text else { throw ClusterFailure("\(pod) has a variable without a name") }
            variables[name] = variable["value"].text ?? variable["valueFrom.fieldRef.fieldPath"].text ?? ""
        }
        return variables
    }
}

/// What a pod starts, with the files that it mounts, in a folder of a test.
struct ChartProgram {
    /// What stands for each secret.
    private static let secrets = [
        "DATABASE_URL": "postgres://martlet@127.0.0.1:1/martlet", "REDIS_URL": "redis://127.0.0.1:1",
        "MARTLET_API_KEYS": "a-key-of-the-tests",
        "MARTLET_BACKUP_KEYS": "tests:bWFydGxldC1kZXZlbG9wbWVudC1iYWNrdXAta2V5ISE=",
        "MARTLET_BACKUP_HEARTBEAT_TOKEN": "a-token-of-the-tests", "OTEL_EXPORTER_OTLP_HEADERS": "authorization=tests",
        "MARTLET_WEBHOOK_SECRETS": "tests=whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "MARTLET_BACKUP_SIGNING_KEY": "tests:bWFydGxldC1kZXZlbG9wbWVudC1iYWNrdXAta2V5ISE=",
    ]

    let path: String
    let arguments: [String]
    private(set) var environment: [String: String]
    let folder: RecoveryFolder

    init(_ pod: ChartPod, in chart: ChartRendering, secrets: [String: String] = [:]) throws {
        let folder = try RecoveryFolder()
        self.folder = folder
        path = "\(ClusterPrograms.build)/\(pod.program)"
        arguments = pod.containers.first?["args"].items.compactMap(\.text) ?? []
        environment = try chart.environment(of: pod)
        // Where the pod's volumes are, there is the folder.
        for volume in pod.spec["volumes"].items {
            for source in volume["projected.sources"].items.flatMap({ $0["secret.items"].items }) {
                guard let name = source["path"].text, let value = secrets[name] ?? Self.secrets[name] else {
                    throw ClusterFailure("\(pod) mounts a secret that the tests have no value for: \(source)")
                }
                try Data("\(value)\n".utf8).write(to: URL(filePath: "\(folder.path)/\(name)"))
            }
            guard let map = volume["configMap.name"].text, let found = try? chart.one("ConfigMap/\(map)") else {
                continue
            }
            for (name, text) in found["data"].texts {
                try Data(text.utf8).write(to: URL(filePath: "\(folder.path)/\(name)"))
            }
        }
        environment = environment.mapValues { value in
            ["/run/secrets/martlet", "/etc/martlet", "/scratch"].reduce(value) { text, mount in
                text.hasPrefix(mount) ? folder.path + text.dropFirst(mount.count) : text
            }
            .replacing("$(POD_IP)", with: "127.0.0.1")
        }
        environment["POD_IP"] = nil
    }
}
