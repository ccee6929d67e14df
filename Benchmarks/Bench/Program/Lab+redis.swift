// SPDX-License-Identifier: Apache-2.0
// Martlet: what Redis tells of itself.

import Redis

extension Lab {
    /// One section of INFO.
    func redisInfo(_ section: String) async throws -> [String: String] {
        let text = try await redis.send(RedisCommand("INFO", section)).string ?? ""
        var fields: [String: String] = [:]
        for line in text.split(whereSeparator: \.isNewline) {
            guard let mark = line.firstIndex(of: ":") else { continue }
            fields[String(line[..<mark])] = String(line[line.index(after: mark)...])
        }
        return fields
    }
}
