// SPDX-License-Identifier: Apache-2.0
// Martlet: configuration files in a restored data folder.
internal import Glibc

extension ServerConfiguration {
    /// Puts the files into a restored data folder, where its server looks for them; one of that name that came with the
    /// folder was not in force, for these lay elsewhere, and stays beside as `NAME.unused`.
    /// - Returns: settings that were left out, since what they name is not on this machine; and settings that the server
    ///   needs besides, where its `postgresql.conf` lay in the data folder and points elsewhere.
    /// - Throws: `.disk`.
    func place(into folder: RestoreFolder) throws(RecoveryError) -> (missing: [String], settings: [String: String]) {
        var (missing, settings): ([String], [String: String]) = ([], [:])
        for kind in Kind.allCases {
            guard let text = texts[kind] else { continue }
            let path = "\(folder.path)/\(kind.rawValue)"
            if access(path, F_OK) == 0, rename(path, "\(path).unused") != 0 { throw .file("rename", path) }
            guard kind == .settings else {
                try folder.replace(kind.rawValue, text)
                if texts[.settings] == nil { settings[kind.setting] = path }
                continue
            }
            let restored = RestoredSettings(text)
            try folder.replace(kind.rawValue, restored.text)
            missing = restored.missing
        }
        return (missing, settings)
    }
}
