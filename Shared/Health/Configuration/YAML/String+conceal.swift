// SPDX-License-Identifier: Apache-2.0
// Martlet: takes a secret out of a message, also where only its beginning is shown.

extension String {
    /// Replaces what begins like a secret, as far as it goes on like it; eight characters make a beginning.
    mutating func conceal(_ secret: String) {
        guard let start = secret.first, contains(start) else { return }
        let (characters, hidden) = (Array(self), Array(secret))
        var result = ""
        var at = 0
        while at < characters.count {
            var same = 0
            while same < hidden.count, at + same < characters.count, characters[at + same] == hidden[same] { same += 1 }
            if same >= min(8, hidden.count) {
                result += "(hidden)"
                at += same
            } else {
                result.append(characters[at])
                at += 1
            }
        }
        self = result
    }
}
