// SPDX-License-Identifier: Apache-2.0
// Martlet: the statements that make a database like another.

extension LogicalDatabase {
    /// Creates a database of this name with these properties, on a server of this version.
    func creation(named name: String, server: Int) -> String {
        var sql = "CREATE DATABASE \(SQLText.name(name)) TEMPLATE template0 ENCODING \(SQLText.literal(encoding))"
        sql += " LC_COLLATE \(SQLText.literal(collation)) LC_CTYPE \(SQLText.literal(characters))"
        guard server >= 150_000, let locale else { return sql }
        switch provider {
        case "i":
            sql += " LOCALE_PROVIDER icu ICU_LOCALE \(SQLText.literal(locale))"
            if let rules, server >= 160_000 { sql += " ICU_RULES \(SQLText.literal(rules))" }
        case "b" where server >= 170_000: sql += " LOCALE_PROVIDER builtin BUILTIN_LOCALE \(SQLText.literal(locale))"
        default: break
        }
        return sql
    }

    /// Lists that bear their own quotes; all other settings are one value.
    private static let lists: Set<String> = [
        "local_preload_libraries", "search_path", "session_preload_libraries", "shared_preload_libraries",
        "temp_tablespaces", "unix_socket_directories",
    ]

    /// Sets what was set for the database, and its comment.
    func properties(named name: String) -> [String] {
        let database = SQLText.name(name)
        var statements = settings.compactMap { setting -> String? in
            guard let equals = setting.firstIndex(of: "=") else { return nil }
            let key = setting[..<equals].split(separator: ".").map { SQLText.name(String($0)) }.joined(separator: ".")
            let value = String(setting[setting.index(after: equals)...])
            let isList = Self.lists.contains(setting[..<equals].lowercased())
            let shown = isList ? (value.isEmpty ? "''" : value) : SQLText.literal(value)
            return "ALTER DATABASE \(database) SET \(key) TO \(shown)"
        }
        if let comment { statements.append("COMMENT ON DATABASE \(database) IS \(SQLText.literal(comment))") }
        return statements
    }
}
