// SPDX-License-Identifier: Apache-2.0
// Martlet: who may talk to whom by the chart's network policies, worked out as Kubernetes does.

/// A release and what is around it.
struct NetworkModel {
    /// A pod, or a host outside of the cluster.
    struct Place {
        let name: String
        let namespace: String?
        let labels: [String: String]
        let address: String
        /// What it listens on: `8080/TCP`.
        let ports: Set<String>
        var isOfRelease = false
    }

    private let policies: [KubernetesObject]
    let places: [Place]

    init(_ chart: ChartRendering) {
        policies = chart.all("NetworkPolicy")
        var addresses = 1
        var seen: Set<String> = []
        let own = chart.pods.filter { seen.insert($0.component).inserted }.map { pod in
            addresses += 1
            let ports = pod.containers.flatMap { $0["ports"].items }.map { "\($0["containerPort"])/\($0["protocol"])" }
            return Place(
                name: pod.component,
                namespace: "martlet",
                labels: pod.labels.merging(pod.owner.kind == "Pod" ? pod.owner.labels : [:]) { $1 },
                address: "10.244.0.\(addresses)",
                ports: Set(ports),
                isOfRelease: true
            )
        }
        places = own + Self.surroundings
    }

    private static let surroundings = [
        pod("dns", "kube-system", ["k8s-app": "kube-dns"], 1, "53/UDP", "53/TCP"),
        pod("kubernetes", "kube-system", [:], 2, "443/TCP"),
        pod("prometheus", "monitoring", [:], 3, "9090/TCP"),
        pod("gateway", "ingress-nginx", [:], 4),
        pod("collector", "tracing", [:], 5, "4318/TCP"),
        pod("neighbour", "martlet", ["app": "shop"], 6, "80/TCP", "8080/TCP"),
        pod("stranger", "elsewhere", ["app": "shop"], 7, "80/TCP", "5432/TCP"),
        host("internet", "198.51.100.7", "80/TCP", "443/TCP", "22/TCP", "5432/TCP"),
        host("database", "10.0.201.7", "5432/TCP", "6379/TCP", "443/TCP"),
        host("cloud-metadata", "169.254.169.254", "80/TCP"),
    ]

    private static func pod(
        _ name: String,
        _ namespace: String,
        _ labels: [String: String],
        _ number: Int,
        _ ports: String...
    ) -> Place {
        Place(name: name, namespace: namespace, labels: labels, address: "10.244.9.\(number)", ports: Set(ports))
    }

    private static func host(_ name: String, _ address: String, _ ports: String...) -> Place {
        Place(name: name, namespace: nil, labels: [:], address: address, ports: Set(ports))
    }

    /// All that may be: `api -> postgresql 5432/TCP`, from and to pods of the release.
    var flows: Set<String> {
        var found: Set<String> = []
        for from in places {
            for to in places where from.isOfRelease || to.isOfRelease {
                for port in to.ports
                where allows("egress", of: from, peer: to, port) && allows("ingress", of: to, peer: from, port) {
                    found.insert("\(from.name) -> \(to.name) \(port)")
                }
            }
        }
        return found
    }

    /// Which policies select a pod for a direction.
    func policies(_ direction: String, of place: Place) -> [KubernetesObject] {
        guard place.namespace == "martlet" else { return [] }
        let type = direction == "egress" ? "Egress" : "Ingress"
        return policies.filter { policy in
            policy["spec.policyTypes"].items.contains { $0.text == type }
                && policy["spec.podSelector"].selects(place.labels)
        }
    }

    private func allows(_ direction: String, of place: Place, peer: Place, _ port: String) -> Bool {
        let policies = policies(direction, of: place)
        return policies.isEmpty
            || policies.contains { policy in
                policy["spec.\(direction)"].items.contains { rule in
                    let ports = rule["ports"].items
                    let peers = rule[direction == "egress" ? "to" : "from"].items
                    return (ports.isEmpty || ports.contains { "\($0["port"])/\($0["protocol"].text ?? "TCP")" == port })
                        && (peers.isEmpty || peers.contains { Self.is(peer, among: $0) })
                }
            }
    }

    private static func `is`(_ place: Place, among peer: YAMLTree) -> Bool {
        if let block = peer["ipBlock.cidr"].text {
            return contains(block, place.address)
                && !peer["ipBlock.except"].items.contains { contains($0.text ?? "", place.address) }
        }
        guard let namespace = place.namespace else { return false }
        let isThere =
            peer["namespaceSelector"].isNone
            ? namespace == "martlet" : peer["namespaceSelector"].selects(["kubernetes.io/metadata.name": namespace])
        return isThere && (peer["podSelector"].isNone || peer["podSelector"].selects(place.labels))
    }

    private static func contains(_ block: String, _ address: String) -> Bool {
        let parts = block.split(separator: "/")
        guard parts.count == 2, let length = UInt32(parts[1]), let network = number(parts[0]),
            let host = number(Substring(address))
        else { return false }
        return length == 0 || network >> (32 - length) == host >> (32 - length)
    }

    private static func number(_ address: Substring) -> UInt32? {
        let bytes = address.split(separator: ".").compactMap { UInt8($0) }
        return bytes.count == 4 ? bytes.reduce(0) { $0 << 8 | UInt32($1) } : nil
    }
}
