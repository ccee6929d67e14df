// SPDX-License-Identifier: Apache-2.0
// Martlet: lets a program of PostgreSQL connect as we do, and shows the password to nobody else.
internal import Glibc
public import Postgres

/// The environment of a program that connects, and the two files behind it, which are removed with this object.
///
/// Settings lie in a service file and the password in a password file, both with mode 0600 in a folder with mode 0700:
/// everybody may read command lines, and root and the same user the environment. The program's environment is PATH,
/// HOME, `LC_ALL=C` and the `PG…` variables of this process except those that these files replace.
public final class ProgramAccess: Sendable {
    /// Variables for the program.
    public let environment: [(name: String, value: String)]
    /// Names and values that a connection string for the program may bear: `service=martlet dbname=…`.
    public let connectionString: String
    private let folder: PrivateFolder

    static let service = "martlet"

    /// Writes the files.
    /// - Throws: `.request` when a value can't stand in such a file, `.disk`.
    public convenience init(_ configuration: PostgresConfiguration) throws(RecoveryError) {
        try self.init(configuration, own: Self.ownEnvironment())
    }

    init(_ configuration: PostgresConfiguration, own: [String: String]) throws(RecoveryError) {
        let keywords: [(name: String, value: String)]
        do throws(PostgresError) { keywords = try configuration.keywords } catch { throw RecoveryError(error) }
        let folder = try PrivateFolder()
        let service = try folder.write("service", Array(try Self.serviceFile(keywords).utf8))
        var environment = own.filter { name, _ in
            name.hasPrefix("PG") && !["PGPASSWORD", "PGSERVICE", "PGSERVICEFILE", "PGSYSCONFDIR"].contains(name)
        }
        environment["PGSERVICEFILE"] = service
        environment["PGSERVICE"] = Self.service
        environment["LC_ALL"] = "C"
        environment["PATH"] = own["PATH"] ?? "/usr/local/bin:/usr/bin:/bin"
        if let home = own["HOME"] { environment["HOME"] = home }
        let password = keywords.first { $0.name == "password" }?.value ?? own["PGPASSWORD"]
        if let password {
            environment["PGPASSFILE"] = try folder.write("password", Array(try Self.passwordFile(password).utf8))
        }
        let database = keywords.first { $0.name == "dbname" }?.value
        connectionString = "service=\(Self.service)" + (database.map { " dbname=\(Self.quoted($0))" } ?? "")
        self.environment = environment.sorted { $0.key < $1.key }.map { (name: $0.key, value: $0.value) }
        self.folder = folder
    }

    /// A service file with one service; libpq cuts spaces at the ends of its lines and knows no quotes.
    static func serviceFile(_ keywords: [(name: String, value: String)]) throws(RecoveryError) -> String {
        var text = "[\(service)]\n"
        for (name, value) in keywords where name != "password" {
            guard name != "service" else {
                throw RecoveryError(.request, "'service' in the connection string is not supported: name host and user")
            }
            guard !value.contains(where: \.isNewline), value.last?.isWhitespace != true else {
                throw RecoveryError(
                    .request,
                    "'\(name)' of the connection string ends in a space or holds a line break, which PostgreSQL's programs can't be told"
                )
            }
            text += "\(name)=\(value)\n"
        }
        return text
    }

    /// A password file that fits every server; backslashes and colons are escaped.
    static func passwordFile(_ password: String) throws(RecoveryError) -> String {
        guard !password.contains(where: \.isNewline) else {
            throw RecoveryError(.request, "the password holds a line break, which PostgreSQL's programs can't be told")
        }
        let escaped = password.map { $0 == ":" || $0 == "\\" ? "\\\($0)" : String($0) }.joined()
        return "*:*:*:*:\(escaped)\n"
    }

    /// A value in a connection string.
    static func quoted(_ value: String) -> String {
        "'" + value.map { $0 == "'" || $0 == "\\" ? "\\\($0)" : String($0) }.joined() + "'"
    }

    private static func ownEnvironment() -> [String: String] {
        var variables: [String: String] = [:]
        var entry = environ
        while let line = entry.pointee {
            let parts = String(cString: line).split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            if parts.count == 2 { variables[String(parts[0])] = String(parts[1]) }
            entry += 1
        }
        return variables
    }
}
