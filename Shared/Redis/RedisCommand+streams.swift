// SPDX-License-Identifier: Apache-2.0
// Martlet: stream commands as bytes.

internal import NIOCore

extension RedisCommand {
    /// `XADD key [NOMKSTREAM] id|* name value …`.
    ///
    /// - Parameters:
    ///   - id: The entry's id; nil lets the server choose.
    ///   - makeStream: False adds nothing when the stream does not exist.
    public static func xadd(
        _ key: String,
        id: StreamEntryID? = nil,
        fields: [StreamEntry.Field],
        makeStream: Bool = true
    ) -> RedisCommand {
        let size = fields.reduce(0) { $0 + $1.name.readableBytes + $1.value.readableBytes }
        var command = RedisCommand("XADD", argumentCapacity: 3 + 2 * fields.count, byteCapacity: size)
        command.append(key)
        if !makeStream { command.append("NOMKSTREAM") }
        if let id { command.append(id) } else { command.append("*") }
        for field in fields {
            command.append(field.name)
            command.append(field.value)
        }
        return command
    }

    /// `XREADGROUP GROUP group consumer [COUNT n] [BLOCK ms] [NOACK] STREAMS key … id …`.
    ///
    /// - Parameters:
    ///   - streams: Keys, each with the id to read after; nil stands for `>`, entries never
    ///     delivered. The server takes `StreamEntryID.max` for `>` too.
    ///   - block: How long the server waits, at least 1 ms; nil does not wait. Zero, which would wait for ever, becomes 1 ms.
    public static func xreadgroup(
        group: String,
        consumer: String,
        streams: [(key: String, after: StreamEntryID?)],
        count: Int? = nil,
        block: Duration? = nil
    ) -> RedisCommand {
        var command = RedisCommand("XREADGROUP", argumentCapacity: 8 + 2 * streams.count)
        command.append("GROUP")
        command.append(group)
        command.append(consumer)
        if let count {
            command.append("COUNT")
            command.append(count)
        }
        if let block {
            command.append("BLOCK")
            command.append(max(1, block.wholeMilliseconds))
        }
        command.append("STREAMS")
        for stream in streams { command.append(stream.key) }
        for stream in streams {
            if let after = stream.after { command.append(after) } else { command.append(">") }
        }
        return command
    }

    /// `XACK key group id …`.
    public static func xack(_ key: String, group: String, ids: [StreamEntryID]) -> RedisCommand {
        var command = RedisCommand("XACK", argumentCapacity: 2 + ids.count)
        command.append(key)
        command.append(group)
        for id in ids { command.append(id) }
        return command
    }

    /// `XDEL key id …`.
    public static func xdel(_ key: String, ids: [StreamEntryID]) -> RedisCommand {
        var command = RedisCommand("XDEL", argumentCapacity: 1 + ids.count)
        command.append(key)
        for id in ids { command.append(id) }
        return command
    }

    /// `XAUTOCLAIM key group consumer min-idle start [COUNT n]`.
    public static func xautoclaim(
        _ key: String,
        group: String,
        consumer: String,
        minIdle: Duration,
        start: StreamEntryID = .zero,
        count: Int = 100
    ) -> RedisCommand {
        var command = RedisCommand("XAUTOCLAIM", key, group, consumer)
        command.append(minIdle.wholeMilliseconds)
        command.append(start)
        command.append("COUNT")
        command.append(count)
        return command
    }

    /// `XCLAIM key group consumer 0 id … JUSTID`: resets the idle time of entries without counting a delivery.
    public static func xclaimJustID(_ key: String, group: String, consumer: String, ids: [StreamEntryID])
        -> RedisCommand
    {
        var command = RedisCommand("XCLAIM", argumentCapacity: 5 + ids.count)
        command.append(key)
        command.append(group)
        command.append(consumer)
        command.append(0)
        for id in ids { command.append(id) }
        command.append("JUSTID")
        return command
    }
}

extension Duration {
    /// Whole milliseconds, rounded up.
    var wholeMilliseconds: Int64 {
        let (seconds, attoseconds) = components
        return seconds * 1000 + (attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000
    }
}
