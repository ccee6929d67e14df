// SPDX-License-Identifier: Apache-2.0
// Martlet: a subscriber's webhook: repeats challenges, and remembers what came.

import Synchronization

@testable import Health

final class HookServer: Sendable {
    /// One request.
    struct Post: Sendable {
        var path: String
        var headers: [String: String]
        var body: [UInt8]
        var type: String { (try? Tree.read(body))?["type"].text ?? "" }
        var data: Tree { (try? Tree.read(body))?["data"] ?? .null }
    }

    /// What it answers.
    enum Manner: Sendable {
        case repeats, repeatsPlainly, deaf, status(Int), redirects(String)
    }

    private let state: Mutex<(manner: Manner, posts: [Post])>

    private init(_ manner: Manner) { state = Mutex((manner, [])) }

    /// All requests, oldest first.
    var posts: [Post] { state.withLock { $0.posts } }
    /// Those that are no challenges.
    var told: [Post] { posts.filter { $0.type != "subscription.challenge" } }

    func behave(_ manner: Manner) { state.withLock { $0.manner = manner } }

    /// Runs one for the time of `body`, which gets its address without a path.
    static func with(
        _ manner: Manner = .repeats,
        _ body: @Sendable (HookServer, String) async throws -> Void
    ) async throws {
        let server = HookServer(manner)
        try await TestServer.with(.reply { server.answer($0) }) { listener in
            try await body(server, "http://127.0.0.1:\(listener.port)")
        }
    }

    private func answer(_ bytes: [UInt8]) -> [UInt8]? {
        guard let end = bytes.firstRange(of: Array("\r\n\r\n".utf8)) else { return nil }
        let lines = String(decoding: bytes[..<end.lowerBound], as: UTF8.self).split(separator: "\r\n")
        var headers: [String: String] = [:]
        for line in lines.dropFirst() {
            let parts = line.split(separator: ":", maxSplits: 1)
            headers[parts[0].lowercased()] = String(parts[1].drop { $0 == " " })
        }
        let body = Array(bytes[end.upperBound...])
        guard body.count >= Int(headers["content-length"] ?? "") ?? 0 else { return nil }
        let path = String(lines.first?.split(separator: " ").dropFirst().first ?? "")
        let post = Post(path: path, headers: headers, body: body)
        let manner = state.withLock { state in
            state.posts.append(post)
            return state.manner
        }
        let word = post.data["challenge"].text
        switch manner {
        case .repeats: return Self.http("200 OK", word.map { "{\"challenge\":\"\($0)\"}" } ?? "")
        case .repeatsPlainly: return Self.http("200 OK", word.map { $0 + "\n" } ?? "")
        case .deaf: return Self.http("200 OK", "{\"challenge\":\"something else\"}")
        case .status(let status): return Self.http("\(status) Status", word.map { "{\"challenge\":\"\($0)\"}" } ?? "")
        case .redirects(let address): return Self.http("307 Elsewhere", "", "location: \(address)\r\n")
        }
    }

    private static func http(_ status: String, _ body: String, _ headers: String = "") -> [UInt8] {
        Array("HTTP/1.1 \(status)\r\n\(headers)content-length: \(body.utf8.count)\r\n\r\n\(body)".utf8)
    }
}
