// SPDX-License-Identifier: Apache-2.0
// Martlet: stream replies as values.

internal import NIOCore

/// Reads the replies of stream commands; throws `.unexpectedReply` for another shape.
enum StreamDecoding {
    static func unexpected(_ what: String, _ reply: RedisValue?) -> RedisError {
        RedisError(.unexpectedReply, "\(what): \(reply?.kind ?? "nothing")")
    }

    static func int(_ reply: RedisValue?) throws(RedisError) -> Int {
        guard let value = reply?.int else { throw unexpected("not a number", reply) }
        return Int(value)
    }

    static func string(_ reply: RedisValue?) throws(RedisError) -> String {
        guard let value = reply?.string else { throw unexpected("not a text", reply) }
        return value
    }

    static func array(_ reply: RedisValue?) throws(RedisError) -> [RedisValue] {
        guard let values = reply?.array else { throw unexpected("not an array", reply) }
        return values
    }

    static func id(_ reply: RedisValue?) throws(RedisError) -> StreamEntryID {
        guard let buffer = reply?.buffer, let id = StreamEntryID(buffer) else {
            throw unexpected("not an entry id", reply)
        }
        return id
    }

    static func ids(_ reply: RedisValue?) throws(RedisError) -> [StreamEntryID] {
        try array(reply).map { (value) throws(RedisError) in try id(value) }
    }

    /// `[id, [name, value, …]]`; null or missing fields mean that the entry was deleted.
    static func entry(_ reply: RedisValue) throws(RedisError) -> StreamEntry {
        let parts = try array(reply)
        let id = try id(parts.first)
        guard parts.count > 1, case .array(let flat) = parts[1], !flat.isEmpty else {
            return StreamEntry(id: id, fields: [], isDeleted: true)
        }
        var fields: [StreamEntry.Field] = []
        fields.reserveCapacity(flat.count / 2)
        var index = 0
        while index + 1 < flat.count {
            guard case .bulk(let name) = flat[index], case .bulk(let value) = flat[index + 1] else {
                throw unexpected("not a field", flat[index])
            }
            fields.append(StreamEntry.Field(name: name, value: value))
            index += 2
        }
        return StreamEntry(id: id, fields: fields)
    }

    /// A list of entries; servers before 7.0 put nulls where claimed entries are deleted.
    static func entries(_ reply: RedisValue?) throws(RedisError) -> [StreamEntry] {
        let values = try array(reply)
        var entries: [StreamEntry] = []
        entries.reserveCapacity(values.count)
        for value in values where !value.isNull { entries.append(try entry(value)) }
        return entries
    }

    /// `[[key, entries], …]`, or null when there was nothing in time.
    static func readResult(_ reply: RedisValue) throws(RedisError) -> [String: [StreamEntry]] {
        guard !reply.isNull else { return [:] }
        var result: [String: [StreamEntry]] = [:]
        for stream in try array(reply) {
            let parts = try array(stream)
            result[try string(parts.first)] = try entries(parts.count > 1 ? parts[1] : nil)
        }
        return result
    }

    static func claim(_ reply: RedisValue) throws(RedisError) -> StreamClaim {
        let parts = try array(reply)
        guard parts.count >= 2 else { throw unexpected("not a claim", reply) }
        return StreamClaim(
            cursor: try id(parts[0]),
            entries: try entries(parts[1]),
            deleted: parts.count > 2 ? try ids(parts[2]) : []
        )
    }

    static func pendingSummary(_ reply: RedisValue) throws(RedisError) -> StreamPendingSummary {
        let parts = try array(reply)
        guard parts.count == 4 else { throw unexpected("not a summary", reply) }
        let count = try int(parts[0])
        var consumers: [String: Int] = [:]
        for consumer in parts[3].array ?? [] {
            let pair = try array(consumer)
            consumers[try string(pair.first)] = try int(pair.last)
        }
        return StreamPendingSummary(
            count: count,
            smallest: count > 0 ? try id(parts[1]) : nil,
            biggest: count > 0 ? try id(parts[2]) : nil,
            consumers: consumers
        )
    }

    static func pendingEntry(_ reply: RedisValue) throws(RedisError) -> StreamPendingEntry {
        let parts = try array(reply)
        guard parts.count == 4 else { throw unexpected("not a pending entry", reply) }
        return StreamPendingEntry(
            id: try id(parts[0]),
            consumer: try string(parts[1]),
            idle: .milliseconds(try int(parts[2])),
            deliveries: try int(parts[3])
        )
    }

    static func info(_ reply: RedisValue) throws(RedisError) -> StreamInfo {
        StreamInfo(
            length: try int(reply["length"]),
            lastGeneratedID: try id(reply["last-generated-id"]),
            maxDeletedID: try reply["max-deleted-entry-id"].map { (value) throws(RedisError) in try id(value) }
                ?? .zero,
            entriesAdded: try int(reply["entries-added"] ?? .integer(0)),
            groups: try int(reply["groups"]),
            firstEntryID: try edge(reply["first-entry"]),
            lastEntryID: try edge(reply["last-entry"])
        )
    }

    private static func edge(_ reply: RedisValue?) throws(RedisError) -> StreamEntryID? {
        guard let reply, !reply.isNull else { return nil }
        return try entry(reply).id
    }

    static func group(_ reply: RedisValue) throws(RedisError) -> StreamGroupInfo {
        StreamGroupInfo(
            name: try string(reply["name"]),
            consumers: try int(reply["consumers"]),
            pending: try int(reply["pending"]),
            lastDeliveredID: try id(reply["last-delivered-id"]),
            entriesRead: reply["entries-read"]?.int.map { Int($0) },
            lag: reply["lag"]?.int.map { Int($0) }
        )
    }

    static func consumer(_ reply: RedisValue) throws(RedisError) -> StreamConsumerInfo {
        StreamConsumerInfo(
            name: try string(reply["name"]),
            pending: try int(reply["pending"]),
            idle: .milliseconds(try int(reply["idle"]))
        )
    }
}
