// SPDX-License-Identifier: Apache-2.0
// Martlet: Lua scripts that are sent by their hash.

public import NIOCore

/// A Lua script; the server learns it at the first use and knows it by its hash from then on.
///
/// Its keys and arguments are data, never part of the source.
public struct RedisScript: Sendable {
    /// The Lua source.
    public let source: String
    /// The SHA-1 of the source in lower-case hexadecimal, as Redis names it.
    public let sha1: String

    /// Makes a script and computes its hash.
    public init(_ source: String) {
        self.source = source
        sha1 = SHA1.hexadecimal(source.utf8)
    }

    /// The command that runs the script by its hash, or by its source when `bySource` is true.
    public func command(keys: [String], arguments: [ByteBuffer], bySource: Bool = false) -> RedisCommand {
        let size = arguments.reduce(bySource ? source.utf8.count : 40) { $0 + $1.readableBytes }
        var command = RedisCommand(
            bySource ? "EVAL" : "EVALSHA",
            argumentCapacity: 2 + keys.count + arguments.count,
            byteCapacity: size
        )
        command.append(bySource ? source : sha1)
        command.append(keys.count)
        for key in keys { command.append(key) }
        for argument in arguments { command.append(argument) }
        return command
    }
}

extension RedisClient {
    /// Runs a script; sends its source when the server does not know it yet (a script that failed with `NOSCRIPT` did not run).
    public func eval(
        _ script: RedisScript,
        keys: [String] = [],
        arguments: [ByteBuffer] = []
    ) async throws(RedisError) -> RedisValue {
        do throws(RedisError) {
            return try await send(script.command(keys: keys, arguments: arguments))
        } catch {
            guard error.serverPrefix == "NOSCRIPT" else { throw error }
            return try await send(script.command(keys: keys, arguments: arguments, bySource: true))
        }
    }

    /// Runs a script with text arguments; see ``eval(_:keys:arguments:)``.
    public func eval(
        _ script: RedisScript,
        keys: [String] = [],
        texts: [String]
    ) async throws(RedisError) -> RedisValue {
        try await eval(script, keys: keys, arguments: texts.map { ByteBuffer(string: $0) })
    }
}
