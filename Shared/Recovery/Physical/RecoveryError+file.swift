// SPDX-License-Identifier: Apache-2.0
// Martlet: what the system says about a file, as an error of this module.
internal import Glibc

extension RecoveryError {
    /// `can't write base/5/1259: No space left on device`.
    static func file(_ verb: String, _ path: String, _ code: Int32 = errno) -> RecoveryError {
        RecoveryError(.disk, "can't \(verb) \(path): \(String(cString: strerror(code)))")
    }
}
