// SPDX-License-Identifier: Apache-2.0
// Martlet: which statements about roles are run, and which are left out.

/// Decides about the statements of `pg_dumpall --globals-only`, so that roles that are there stay as they are.
enum GlobalsScript {
    /// What happens to a statement.
    enum Verdict: Equatable {
        case run
        /// Left out, with the reason.
        case leave(String)
        /// Nothing to say about it.
        case drop
    }

    /// Judges a statement; `roles` are those that were there before.
    static func judge(_ statement: String, roles: Set<String>) -> Verdict {
        let words = SQLStatements.words(statement)
        guard words.count >= 3 else { return words.first == "SET" ? .drop : .leave("unknown statement") }
        switch (words[0], words[1]) {
        case ("SET", _): return .drop
        case ("CREATE", "ROLE"), ("ALTER", "ROLE"):
            return roles.contains(words[2]) ? .leave("role \(words[2]) is there") : .run
        case (_, "TABLESPACE"): return .leave("tablespaces are not restored")
        case ("COMMENT", "ON") where words[2] == "TABLESPACE": return .leave("tablespaces are not restored")
        case ("COMMENT", "ON") where words[2] == "ROLE" && words.count > 3:
            return roles.contains(words[3]) ? .leave("role \(words[3]) is there") : .run
        case ("GRANT", _), ("REVOKE", _): return grant(words, roles)
        default: return .leave("unknown statement")
        }
    }

    /// Memberships: between roles that both were there nothing changes.
    private static func grant(_ words: [String], _ roles: Set<String>) -> Verdict {
        guard let to = words.firstIndex(where: { $0 == "TO" || $0 == "FROM" }), to + 1 < words.count else {
            return .leave("unknown statement")
        }
        let member = words[to + 1]
        if words[1..<to].contains("TABLESPACE") { return .leave("tablespaces are not restored") }
        // `GRANT a TO b` is about two roles; `GRANT SET ON PARAMETER a TO b` about one.
        let group = words[1..<to].contains("ON") ? member : words[1]
        return roles.contains(member) && roles.contains(group) ? .leave("role \(member) is there") : .run
    }
}
