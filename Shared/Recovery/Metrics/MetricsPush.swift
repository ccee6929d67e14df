// SPDX-License-Identifier: Apache-2.0
// Martlet: hands the metrics of a run that ends to a Pushgateway.
internal import AsyncHTTPClient
internal import NIOCore
internal import NIOHTTP1
public import Platform

/// A Pushgateway's group of metrics: the job `martlet-backup`, one group for each system and kind of run.
public struct MetricsPush: Sendable {
    private let url: String
    private let deadline: Duration

    /// Describes a group.
    /// - Parameters:
    ///   - gateway: The gateway's checked address, `http://pushgateway:9091`, perhaps with a path.
    ///   - labels: More labels of the group, checked; none by default.
    ///   - deadline: The longest that a push may take; default 5 s.
    public init(
        gateway: String,
        system: SystemID,
        task: BackupTask,
        labels: [MetricLabel] = [],
        deadline: Duration = .seconds(5)
    ) {
        let base = gateway.hasSuffix("/") ? String(gateway.dropLast()) : gateway
        url =
            "\(base)/metrics/job/martlet-backup/system/\(system)/kind/\(task.rawValue)"
            + labels.map { "/\($0.name)/\($0.value)" }.joined()
        self.deadline = deadline
    }

    /// Replaces the group by the page of a registry.
    /// - Throws: `.deadline`, or `.request` when the gateway can't be reached or refuses; a run goes on all the same.
    public func send(_ registry: MetricsRegistry) async throws(RecoveryError) {
        var request = HTTPClientRequest(url: url)
        request.method = .PUT
        request.headers.add(name: "Content-Type", value: ExpositionFormat.text.contentType)
        request.body = .bytes(ByteBuffer(bytes: registry.render(.text)))
        let status: Int
        do {
            let response = try await HTTPClient.untraced.execute(request, timeout: TimeAmount(deadline))
            _ = try? await response.body.collect(upTo: 65_536)
            status = Int(response.status.code)
        } catch {
            if (error as? HTTPClientError) == .deadlineExceeded {
                throw RecoveryError(.deadline, "the Pushgateway did not answer in time", cause: error)
            }
            throw RecoveryError(.request, "the Pushgateway can't be reached: \(error)", cause: error)
        }
        guard (200..<300).contains(status) else {
            throw RecoveryError(.request, "the Pushgateway answered with status \(status)")
        }
    }
}
