// SPDX-License-Identifier: Apache-2.0
// Martlet: looks at all instances behind a name, as many as there are just now.

internal import Platform

/// Finds the instances of a service by DNS and looks at each; a part for every instance.
///
/// Down below `minimum` healthy instances, degraded when one that is there is not well. One that vanished is a part for ten minutes (or three intervals, where
/// these are longer), so that its going is seen; by itself it makes nothing worse, since a service may have been made smaller.
struct FamilyProbe: RememberingProbe {
    /// Where the instances are found.
    enum Source: Sendable, Equatable {
        /// The addresses of a name, such as a Kubernetes headless service, and a port.
        case addresses(String, port: Int)
        /// The SRV records of a name.
        case services(String)
    }

    /// An instance: where to look.
    struct Instance: Sendable, Hashable {
        var host: String
        var port: Int

        /// As in a URL.
        var text: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
    }

    /// The most instances looked at.
    static let limit = 200

    private let source: Source
    private let minimum: Int
    private let find: @Sendable (Source, Duration) async throws -> [Instance]
    private let make: @Sendable (Instance) -> (any Probe)?
    private let memory: InstanceMemory

    /// Describes a family.
    ///
    /// - Parameters:
    ///   - minimum: Fewer healthy instances than this is down; 1 or more.
    ///   - interval: How often it is looked.
    ///   - find: Finds the instances.
    ///   - make: Makes the probe of an instance.
    init(
        source: Source,
        minimum: Int,
        interval: Duration,
        find: @escaping @Sendable (Source, Duration) async throws -> [Instance],
        make: @escaping @Sendable (Instance) -> (any Probe)?
    ) {
        self.source = source
        self.minimum = minimum
        memory = InstanceMemory(interval: interval)
        self.find = find
        self.make = make
    }

    func run(timeout: Duration) async -> ProbeResult {
        let start = ContinuousClock.now
        let instances: [Instance]
        do {
            instances = Array(try await find(source, timeout / 3).prefix(Self.limit))
        } catch {
            return ProbeResult(
                status: .unknown,
                reason: "the instances can't be found: \(error)",
                latency: .now - start
            )
        }
        let left = max(timeout - (.now - start), .milliseconds(1))
        var parts = await withTaskGroup(of: ProbeResult.Part.self) { group in
            for instance in instances {
                group.addTask { await look(at: instance, timeout: left) }
            }
            var parts: [ProbeResult.Part] = []
            for await part in group { parts.append(part) }
            return parts.sorted { $0.name < $1.name }
        }
        let healthy = parts.count { $0.status == .up }
        let ill = parts.filter { $0.status != .up }
        parts += memory.vanished(present: Set(instances.map(\.text)), at: .now())
        var result = ProbeResult(status: .up, latency: .now - start, parts: parts, value: Double(healthy))
        if healthy < minimum {
            result.status = .down
            result.reason = "\(healthy) of \(instances.count) instances are well, at least \(minimum) should be"
        } else if let first = ill.first {
            result.status = .degraded
            result.reason =
                "\(ill.count) of \(instances.count) instances are not well: \(first.name)"
                + (first.reason.map { ": \($0)" } ?? "")
        }
        return result
    }

    private func look(at instance: Instance, timeout: Duration) async -> ProbeResult.Part {
        guard let probe = make(instance) else {
            return ProbeResult.Part(name: instance.text, status: .unknown, reason: "no probe can be made")
        }
        let result = await probe.run(timeout: timeout)
        return ProbeResult.Part(name: instance.text, status: result.status, reason: result.reason)
    }

    func resume(from earlier: any Probe) {
        // The instances of another name or port are not these: that they are not found here says nothing.
        guard let earlier = earlier as? FamilyProbe, earlier.source == source else { return }
        memory.resume(from: earlier.memory)
    }

    func resume(from observation: Observation) { memory.resume(from: observation) }
}
