// SPDX-License-Identifier: Apache-2.0
// Martlet: reports a run to the health aggregator.

internal import AsyncHTTPClient
internal import Logging
internal import NIOCore
internal import NIOHTTP1
internal import Platform
internal import Recovery

/// `POST /v1/heartbeats/{name}` of one or several aggregators.
struct HeartbeatReport: Sendable {
    private let context: RunContext
    private static let limit: Duration = .seconds(5)
    private static let tries = 3

    init(_ context: RunContext) { self.context = context }

    /// Tells each of them; one that can't be reached is tried three times and then logged.
    func send(_ verb: BackupVerb, _ error: RecoveryError?, took: Duration) async {
        for address in context.settings.reports.heartbeats {
            let url = Self.url(address, verb, error, took: took)
            var failure = ""
            for attempt in 1...Self.tries {
                do {
                    failure = try await post(url)
                    if failure.isEmpty { break }
                } catch {
                    failure = "\(error)"
                }
                if attempt < Self.tries { try? await Task.sleep(for: .seconds(attempt)) }
            }
            guard !failure.isEmpty else { continue }
            context.logger.warning("a heartbeat can't be sent", metadata: ["to": "\(address)", "error": "\(failure)"])
        }
    }

    /// Nothing, or why the report was not taken.
    private func post(_ url: String) async throws -> String {
        var request = HTTPClientRequest(url: url)
        request.method = .POST
        if let token = context.settings.reports.token {
            request.headers.add(name: "Authorization", value: "Bearer \(token.reveal())")
        }
        let response = try await HTTPClient.untraced.execute(request, timeout: TimeAmount(Self.limit))
        _ = try? await response.body.collect(upTo: 65_536)
        return (200..<300).contains(response.status.code) ? "" : "status \(response.status.code)"
    }

    /// The address with what happened; a message of at most 500 bytes.
    static func url(_ address: String, _ verb: BackupVerb, _ error: RecoveryError?, took: Duration) -> String {
        let base = address.replacing("{verb}", with: verb.rawValue)
        var url = base + (base.contains("?") ? "&" : "?")
        url += "status=\(error == nil ? "ok" : "fail")&duration=\(took.components.seconds)s"
        guard let error else { return url }
        let message = String(decoding: Array(error.description.utf8.prefix(500)), as: UTF8.self)
        return url + "&message=\(encoded(message))"
    }

    private static func encoded(_ text: String) -> String {
        var result = ""
        for byte in text.utf8 {
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F: result.unicodeScalars.append(.init(byte))
            default: result += "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
            }
        }
        return result
    }
}
