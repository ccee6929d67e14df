// SPDX-License-Identifier: Apache-2.0
// Martlet: who else may read a file of keys.

internal import Glibc

/// Looks at the mode of a file that holds keys.
struct KeyFileCheck {
    let file: String
    /// What it is, for people.
    var subject = "key file"

    /// Nothing when only its owner gets at it, or it is not there: reading it has said that.
    var finding: CheckFinding? {
        var facts = stat()
        guard stat(file, &facts) == 0, facts.st_mode & 0o077 != 0 else { return nil }
        let mode = String(facts.st_mode & 0o777, radix: 8)
        return CheckFinding(
            subject: subject,
            grade: .attention,
            found: "others than its owner get at \(file): mode \(mode)",
            advice: "chmod 600 \(file), as far as only its owner runs martlet-backup"
        )
    }
}
