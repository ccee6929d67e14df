// SPDX-License-Identifier: Apache-2.0
// Martlet: where the programs are that a cluster consists of.

import Glibc

/// The programs of a cluster.
public struct ClusterPrograms: Sendable {
    /// The folder of the build.
    private let folder: String
    /// `martlet-api`.
    let api: String
    /// `martlet-worker`.
    let worker: String
    /// The folder of `initdb` and `postgres`.
    let postgres: String
    /// `redis-server`.
    let redis: String
    /// Changes user and death signal.
    let setpriv: String
    /// Whom PostgreSQL runs as when we are root, which it refuses to be; nil when we are not.
    let serverUser: String?

    /// The programs, or what is missing.
    public static let found = Result { () throws(ClusterFailure) in try ClusterPrograms() }

    /// Why fault tests can't run here, or nil.
    public static var obstacle: String? {
        if case .failure(let failure) = found { failure.description } else { nil }
    }

    /// The folder of the build: of `MARTLET_TEST_BIN`, or of the running tests.
    public static let build = variable("MARTLET_TEST_BIN") ?? ownFolder

    private init() throws(ClusterFailure) {
        let folder = Self.build
        self.folder = folder
        api = try Self.require("\(folder)/martlet-api")
        worker = try Self.require("\(folder)/martlet-worker")
        guard let redis = TestRedis.executable else {
            throw ClusterFailure("redis-server is not installed")
        }
        self.redis = redis
        guard let setpriv = TestRedis.find("setpriv") else {
            throw ClusterFailure("setpriv is not installed")
        }
        self.setpriv = setpriv
        guard let postgres = Self.postgresFolder else {
            throw ClusterFailure("the PostgreSQL server is not installed")
        }
        self.postgres = postgres
        guard geteuid() == 0 else {
            serverUser = nil
            return
        }
        let users: [String] = ["postgres", "nobody"]
        guard let user = users.first(where: { getpwnam($0) != nil }) else {
            throw ClusterFailure("there is no user to run PostgreSQL as")
        }
        serverUser = user
    }

    /// Another program of the build.
    func path(of program: String) throws(ClusterFailure) -> String { try Self.require("\(folder)/\(program)") }

    /// What stands before a command so that it dies with the tests; `asServer` also changes to the server's user.
    func prefix(death signal: String, in folder: ClusterFolder, asServer: Bool = false) -> [String] {
        // The server's user may not be able to enter the tests' own folder, and a core file shall lie where it is removed.
        var words = ["/usr/bin/env", "--chdir=\(folder.path)"]
        if asServer, let serverUser {
            words += [setpriv, "--reuid", serverUser, "--regid", group(of: serverUser), "--clear-groups"]
        }
        // A command of its own: the kernel forgets the death signal when the user changes.
        return words + [setpriv, "--pdeathsig", signal]
    }

    private func group(of user: String) -> String {
        getpwnam(user).map { "\($0.pointee.pw_gid)" } ?? user
    }

    private static func variable(_ name: String) -> String? {
        getenv(name).map { String(cString: $0) }.flatMap { $0.isEmpty ? nil : $0 }
    }

    private static func require(_ path: String) throws(ClusterFailure) -> String {
        guard access(path, X_OK) == 0 else {
            throw ClusterFailure("\(path) is not built (MARTLET_TEST_BIN names its folder)")
        }
        return path
    }

    /// The folder of the running program: the tests are built beside the products.
    private static var ownFolder: String {
        var buffer = [CChar](repeating: 0, count: 4_096)
        let count = readlink("/proc/self/exe", &buffer, buffer.count - 1)
        let path = String(
            decoding: buffer.prefix(max(0, count)).map { UInt8(bitPattern: $0) },
            as: UTF8.self
        )
        return path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
    }

    private static var postgresFolder: String? {
        if let folder = variable("MARTLET_TEST_PG_BIN"), access("\(folder)/initdb", X_OK) == 0 {
            return folder
        }
        let versions = (13...20).reversed().map { "/usr/lib/postgresql/\($0)/bin" }
        if let folder = versions.first(where: { access("\($0)/initdb", X_OK) == 0 }) { return folder }
        guard let initdb = TestRedis.find("initdb"), let slash = initdb.lastIndex(of: "/") else {
            return nil
        }
        return String(initdb[..<slash])
    }
}
