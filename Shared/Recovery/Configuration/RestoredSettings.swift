// SPDX-License-Identifier: Apache-2.0
// Martlet: a server's settings for the folder into which it is restored.
internal import Glibc

/// `postgresql.conf` of a server that lay elsewhere, so that it starts where it lies now. Pure but for its look at paths.
struct RestoredSettings: Sendable {
    /// The text.
    let text: [UInt8]
    /// Settings that were left out since what they name is not on this machine.
    let missing: [String]

    /// Where the files of the old server are: the restored one has its own beside this file.
    private static let places: Set<String> = [
        "config_file", "data_directory", "external_pid_file", "hba_file", "ident_file",
    ]
    /// Files and folders without which no server starts; `ssl` needs two of them.
    private static let needed: Set<String> = [
        "krb_server_keyfile", "log_directory", "ssl_ca_file", "ssl_cert_file", "ssl_crl_dir", "ssl_crl_file",
        "ssl_dh_params_file", "ssl_key_file", "unix_socket_directories",
    ]

    /// Folders in which a server makes files.
    private static let written: Set<String> = ["log_directory", "unix_socket_directories"]

    /// - Parameter isUsable: whether a path is there and can be used in the way of `access(2)`.
    init(_ text: [UInt8], isUsable: (String, Int32) -> Bool = { access($0, $1) == 0 }) {
        let lines = text.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        let settings = lines.map { ConfigurationLine($0) }
        var missing: Set<String> = []
        for case let setting? in settings
        where Self.needed.contains(setting.name) && !Self.isUsable(setting, isUsable) {
            missing.insert(setting.name)
        }
        if missing.contains("ssl_cert_file") || missing.contains("ssl_key_file") { missing.insert("ssl") }
        let kept = zip(lines, settings).map { line, setting -> [UInt8] in
            guard let setting else { return Array(line) }
            if Self.places.contains(setting.name) { return Array("# Elsewhere in a restored server: ".utf8) + line }
            if missing.contains(setting.name) { return Array("# Not where it was restored: ".utf8) + line }
            return Array(line)
        }
        self.text = Array(kept.joined(separator: [UInt8(ascii: "\n")]))
        self.missing = missing.sorted()
    }

    /// Paths that are not whole lie in the data folder. Sockets may have several folders, of which each must be there.
    private static func isUsable(_ line: ConfigurationLine, _ isUsable: (String, Int32) -> Bool) -> Bool {
        let way = written.contains(line.name) ? W_OK | X_OK : R_OK
        let paths =
            line.name == "unix_socket_directories"
            ? line.value.split(separator: ",").map { $0.drop { $0 == " " } } : [line.value[...]]
        return paths.filter { $0.hasPrefix("/") }.allSatisfy { isUsable(String($0), way) }
    }
}
