// SPDX-License-Identifier: Apache-2.0
// Martlet: where a Redis server is and how to behave towards it.

/// The address of a Redis server, its credentials, and the bounds of the client.
///
/// ```swift
/// let configuration = try RedisConfiguration(url: "rediss://worker:secret@redis.internal:6380/2")
/// ```
public struct RedisConfiguration: Sendable {
    /// Where the server listens.
    public enum Address: Sendable, Equatable {
        /// A host name or IP address, and a port.
        case tcp(host: String, port: Int)
        /// The path of a Unix socket.
        case unixSocket(path: String)
    }

    /// Where the server listens.
    public var address: Address
    /// The ACL user; nil authenticates as the default user.
    public var username: String?
    /// The password; nil sends no `AUTH`.
    public var password: String?
    /// The database number; default 0.
    public var database: Int
    /// Encryption; nil connects in the clear.
    public var tls: RedisTLS?
    /// The name that the server shows in `CLIENT LIST`; default `martlet`.
    public var clientName: String
    /// How long connecting may take, TLS and authentication included; default 5 s.
    public var connectTimeout: Duration
    /// How long a reply may take before the connection is given up; default 5 s.
    public var commandTimeout: Duration
    /// How long commands wait for the very first connection before they fail with `.unavailable`; default 2 s.
    public var initialConnectWait: Duration
    /// Silence after which the server is asked for a sign of life; default 10 s.
    public var heartbeatInterval: Duration
    /// How long commands under way may take at graceful shutdown; default 1 s.
    public var drainTimeout: Duration
    /// The delays between attempts to connect; default 50 ms to 5 s.
    public var backoff: RedisBackoff
    /// Upper bound of one reply's size in memory, in bytes; default 512 MiB, at most 2 GiB.
    public var maxReplyBytes: Int
    /// Upper bound of the commands whose replies are outstanding; default 65,536.
    public var maxCommandsInFlight: Int
    /// Upper bound of the request bytes whose replies are outstanding; default 64 MiB.
    public var maxBytesInFlight: Int

    /// Told of each call over the shared connection that ended: the name of its (first) command, how long it took, and why it failed if it did; error
    /// replies inside a pipeline are not failures of the call. Must be quick.
    public var onCall: (@Sendable (_ command: String, _ elapsed: Duration, _ error: RedisError?) -> Void)?

    /// Makes a configuration with defaults for everything but the address.
    public init(address: Address) {
        self.address = address
        username = nil
        password = nil
        database = 0
        tls = nil
        clientName = "martlet"
        connectTimeout = .seconds(5)
        commandTimeout = .seconds(5)
        initialConnectWait = .seconds(2)
        heartbeatInterval = .seconds(10)
        drainTimeout = .seconds(1)
        backoff = RedisBackoff()
        maxReplyBytes = 512 * 1024 * 1024
        maxCommandsInFlight = 65_536
        maxBytesInFlight = 64 * 1024 * 1024
    }

    /// Refuses values that cannot work.
    func validate() throws(RedisError) {
        guard database >= 0 else { throw RedisError(.configuration, "the database number is negative") }
        guard connectTimeout > .zero, commandTimeout > .zero, heartbeatInterval > .zero, initialConnectWait >= .zero,
            drainTimeout >= .zero
        else {
            throw RedisError(.configuration, "a time limit is not positive")
        }
        guard maxReplyBytes > 0, maxReplyBytes <= Int(Int32.max), maxCommandsInFlight > 0, maxBytesInFlight > 0 else {
            throw RedisError(.configuration, "a bound is out of range")
        }
        guard !clientName.utf8.contains(where: { $0 <= 32 || $0 > 126 }) else {
            throw RedisError(.configuration, "the client name has characters that Redis refuses")
        }
        guard username == nil || password != nil else {
            throw RedisError(.configuration, "there is a user but no password")
        }
    }
}

extension RedisConfiguration: CustomStringConvertible {
    /// The address with its credentials hidden.
    public var description: String {
        let credentials = password == nil ? "" : "***@"
        switch address {
        case .tcp(let host, let port):
            let shown = host.utf8.contains(UInt8(ascii: ":")) ? "[\(host)]" : host
            return "\(tls == nil ? "redis" : "rediss")://\(credentials)\(shown):\(port)/\(database)"
        case .unixSocket(let path):
            return "redis+unix://\(credentials)\(path)?db=\(database)"
        }
    }
}

extension RedisConfiguration: CustomDebugStringConvertible, CustomReflectable {
    /// The same as ``description``: a debugger's print must not show the password either.
    public var debugDescription: String { description }

    /// Hides the stored properties from `dump`.
    public var customMirror: Mirror { Mirror(self, children: ["address": description]) }
}
