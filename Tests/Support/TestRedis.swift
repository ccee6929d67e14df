// SPDX-License-Identifier: Apache-2.0
// Martlet: Redis servers for tests: the shared one by its URL, and own ones that may be broken.

import Synchronization

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// A redis-server process that belongs to one test; killed and removed when it is let go.
public final class TestRedis: Sendable {
    /// What went wrong while preparing a server.
    public struct Failure: Error, CustomStringConvertible {
        /// The reason.
        public let description: String
    }

    /// The URL of the shared server, from `MARTLET_TEST_REDIS_URL`; nil when tests must do without.
    public static var sharedURL: String? {
        guard let value = getenv("MARTLET_TEST_REDIS_URL") else { return nil }
        let url = String(cString: value)
        return url.isEmpty ? nil : url
    }

    /// Where `redis-server` is installed; nil when own servers cannot be spawned.
    public static let executable: String? = find("redis-server")

    /// A prefix for keys that no other test uses.
    public static func uniquePrefix(_ name: String = "test") -> String {
        "martlet-\(name)-\(UInt64.random(in: 0 ... .max)):"
    }

    /// The TCP port; 0 in the options of a server that listens elsewhere only.
    public let port: Int
    /// The server's directory, removed at the end.
    public let directory: String
    /// The path of the Unix socket.
    public var socketPath: String { "\(directory)/redis.sock" }
    /// The URL without credentials.
    public var url: String { "redis://127.0.0.1:\(port)" }

    private let options: [String]
    private let process = Mutex<pid_t?>(nil)

    private init(options: [String]) throws {
        port = try ClusterPort.free()
        var template = Array("/tmp/martlet-redis-XXXXXX".utf8CString)
        guard let made = template.withUnsafeMutableBufferPointer({ $0.baseAddress.flatMap { mkdtemp($0) } }) else {
            throw Failure(description: "cannot make a directory")
        }
        directory = String(cString: made)
        self.options = options
    }

    deinit {
        if let pid = process.withLock({ $0 }) { Self.end(pid, with: SIGKILL) }
        _ = try? Self.run("/bin/rm", ["-rf", directory])
    }

    /// Starts an own server and waits until it answers.
    ///
    /// - Parameters:
    ///   - options: Further arguments; `{dir}` and `{port}` are replaced.
    ///   - prepare: Called with the empty directory before the start, for example to make certificates.
    public static func spawn(
        _ options: [String] = [],
        prepare: @escaping @Sendable (String) throws -> Void = { _ in }
    ) async throws -> TestRedis {
        let server = try TestRedis(options: options)
        let directory = server.directory
        try await ClusterThread.run { try prepare(directory) }
        try await server.start()
        return server
    }

    /// An own server that is not started yet.
    public static func idle(_ options: [String] = []) throws -> TestRedis { try TestRedis(options: options) }

    /// Starts the server on its port and waits until it answers.
    public func start() async throws {
        guard let executable = Self.executable else { throw Failure(description: "redis-server is not installed") }
        let defaults = [
            "--port", "\(port)", "--bind", "127.0.0.1", "--dir", directory, "--unixsocket", socketPath,
            "--save", "", "--appendonly", "no", "--daemonize", "no", "--logfile", "\(directory)/log",
        ]
        let chosen = options.map { Self.fill($0, directory: directory, port: port) }
        let pid = try Self.launch(executable, defaults + chosen)
        process.withLock { $0 = pid }
        let path = socketPath
        let deadline = ContinuousClock.now + patience
        while true {
            if try await ClusterThread.run({ TestRedis.answers(path: path) }) { return }
            guard waitpid(pid, nil, WNOHANG) == 0, ContinuousClock.now < deadline else { break }
            try await Task.sleep(for: .milliseconds(10))
        }
        throw Failure(description: "redis-server did not start; see its log in \(directory)")
    }

    /// Ends the server in good order.
    public func stop() { signalAndWait(SIGTERM) }

    /// Ends the server without warning.
    public func kill9() { signalAndWait(SIGKILL) }

    /// Stops the process so that its connections stay open but nothing answers.
    public func pause() {
        if let pid = process.withLock({ $0 }) { kill(pid, SIGSTOP) }
    }

    /// Lets a paused process go on.
    public func resume() {
        if let pid = process.withLock({ $0 }) { kill(pid, SIGCONT) }
    }

    private func signalAndWait(_ signal: Int32) {
        let pid = process.withLock { pid in
            defer { pid = nil }
            return pid
        }
        if let pid { Self.end(pid, with: signal) }
    }

    // MARK: Processes

    /// Runs a program to its end and returns its exit status.
    @discardableResult
    public static func run(_ executable: String, _ arguments: [String]) throws -> Int32 {
        let pid = try launch(executable, arguments)
        var status: Int32 = 0
        waitpid(pid, &status, 0)
        return status
    }

    /// The full path of a program, from `PATH`.
    public static func find(_ program: String) -> String? {
        let path = getenv("PATH").map { String(cString: $0) } ?? "/usr/bin:/bin"
        return path.split(separator: ":").map { "\($0)/\(program)" }.first { access($0, X_OK) == 0 }
    }

    private static func launch(_ executable: String, _ arguments: [String]) throws -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        for descriptor in 0...2 as ClosedRange<Int32> {
            posix_spawn_file_actions_addopen(&actions, descriptor, "/dev/null", O_RDWR, 0)
        }
        var pointers: [UnsafeMutablePointer<CChar>?] = ([executable] + arguments).map { strdup($0) }
        pointers.append(nil)
        defer { for pointer in pointers { free(pointer) } }
        var pid: pid_t = 0
        let code = posix_spawn(&pid, executable, &actions, nil, pointers, environ)
        guard code == 0 else { throw Failure(description: "cannot start \(executable): \(code)") }
        return pid
    }

    private static func end(_ pid: pid_t, with signal: Int32) {
        // In this order: a paused server must not answer what waits in its sockets before it is killed.
        kill(pid, signal)
        kill(pid, SIGCONT)
        waitpid(pid, nil, 0)
    }

    private static func fill(_ text: String, directory: String, port: Int) -> String {
        var result = ""
        var rest = text[...]
        while let open = rest.firstIndex(of: "{") {
            result += rest[..<open]
            rest = rest[open...]
            if rest.hasPrefix("{dir}") {
                result += directory
                rest = rest.dropFirst(5)
            } else if rest.hasPrefix("{port}") {
                result += "\(port)"
                rest = rest.dropFirst(6)
            } else {
                result += "{"
                rest = rest.dropFirst()
            }
        }
        return result + rest
    }

    // MARK: Sockets

    /// True when a server on the socket answers PING with anything but "loading".
    private static func answers(path: String) -> Bool {
        let descriptor = socket(AF_UNIX, streamType, 0)
        defer { close(descriptor) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8.prefix($0.count - 1)) }
        let isConnected = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                connect(descriptor, generic, socklen_t(MemoryLayout<sockaddr_un>.size)) == 0
            }
        }
        guard isConnected, send(descriptor, "PING\r\n", 6, 0) == 6 else { return false }
        var answer = [UInt8](repeating: 0, count: 64)
        let count = recv(descriptor, &answer, answer.count, 0)
        return count > 1 && !answer.starts(with: "-LOADING".utf8)
    }

    #if canImport(Glibc)
        private static let streamType = Int32(SOCK_STREAM.rawValue)
    #else
        private static let streamType = SOCK_STREAM
    #endif
}
