// SPDX-License-Identifier: Apache-2.0
// Martlet: asking the program that runs beside this one whether it is ready.

internal import AsyncHTTPClient
internal import NIOCore
internal import NIOHTTP1

/// What the verb `health` of each program asks, so that a container needs neither shell nor HTTP client to be looked at.
public struct ReadinessQuestion: Sendable {
    private let address: String

    /// - Parameter settings: Those of the program that is asked: its port, which must not be 0, and its address.
    public init(_ settings: HTTPServiceSettings) {
        let host =
            switch settings.bind {
            case "0.0.0.0", "localhost": "127.0.0.1"
            case "::": "[::1]"
            case let bind where bind.contains(":"): "[\(bind)]"
            case let bind: bind
            }
        address = "http://\(host):\(settings.port)/health/ready"
    }

    /// Returns when the program is ready.
    /// - Parameter limit: When it is given up; default 4 s.
    /// - Throws: ``NotReady``.
    public func ask(within limit: Duration = .seconds(4)) async throws(NotReady) {
        let answer: (status: UInt, text: String)
        do {
            let response = try await HTTPClient.shared.execute(
                HTTPClientRequest(url: address),
                timeout: TimeAmount(limit)
            )
            // What says yes need not say more; what says no is given a second to say why.
            if response.status.code == 200 { return }
            let why = try await withThrowingTaskGroup(of: String.self) { tasks in
                tasks.addTask { String(buffer: try await response.body.collect(upTo: 64 << 10)) }
                tasks.addTask {
                    try await Task.sleep(for: .seconds(1))
                    return "and says no more"
                }
                defer { tasks.cancelAll() }
                return try await tasks.next() ?? ""
            }
            answer = (response.status.code, why)
        } catch {
            throw NotReady("\(address) does not answer: \(error)")
        }
        throw NotReady("\(address) answers \(answer.status): \(answer.text)")
    }
}

/// The program that was asked is not ready, or is not there.
public struct NotReady: Error, CustomStringConvertible {
    /// What it said.
    public let description: String

    init(_ description: String) { self.description = description }
}
