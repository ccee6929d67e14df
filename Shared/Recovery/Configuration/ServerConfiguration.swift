// SPDX-License-Identifier: Apache-2.0
// Martlet: a server's configuration files where no base backup has them.

/// The configuration files of a server that lie outside of its data folder, each as one text with all that it includes.
///
/// Debian's lie in `/etc/postgresql`; a base backup has the data folder only, and no server starts without them.
public struct ServerConfiguration: Hashable, Sendable {
    /// A configuration file.
    public enum Kind: String, CaseIterable, Sendable {
        /// The server's settings.
        case settings = "postgresql.conf"
        /// Who may connect.
        case access = "pg_hba.conf"
        /// Which account is which role.
        case identities = "pg_ident.conf"

        /// The setting that says where it is.
        var setting: String {
            switch self {
            case .settings: "config_file"
            case .access: "hba_file"
            case .identities: "ident_file"
            }
        }
    }

    /// The content of those that lie outside.
    public var texts: [Kind: [UInt8]]

    /// Takes them over.
    public init(texts: [Kind: [UInt8]]) { self.texts = texts }
}
