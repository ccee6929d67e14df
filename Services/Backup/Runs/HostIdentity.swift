// SPDX-License-Identifier: Apache-2.0
// Martlet: the name of this host, for people.

internal import Glibc

/// This host.
enum HostIdentity {
    /// The system's name for itself; `localhost` where it has none.
    static let name: String = {
        var name = [CChar](repeating: 0, count: 256)
        guard gethostname(&name, name.count - 1) == 0 else { return "localhost" }
        let text = String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return text.isEmpty ? "localhost" : text
    }()
}
