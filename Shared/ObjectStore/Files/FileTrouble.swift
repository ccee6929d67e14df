// SPDX-License-Identifier: Apache-2.0
// Martlet: why a file call failed, and what that means for a store.
internal import Glibc

/// A failed system call, or a call that was given up.
struct FileTrouble: Error {
    /// The system's number; 0 when no call failed.
    let number: Int32
    /// What was done, as in `create the file`.
    let operation: String
    /// A sentence in place of the system's, for failures of our own.
    var sentence: String?
    /// The code in place of the number's, for failures of our own.
    var fixedCode: ObjectStoreError.Code?

    /// The failure of the call that was just made.
    static func last(_ operation: String) -> FileTrouble { FileTrouble(number: errno, operation: operation) }

    /// A failure that no system call reported.
    static func own(_ code: ObjectStoreError.Code, _ sentence: String) -> FileTrouble {
        FileTrouble(number: 0, operation: "", sentence: sentence, fixedCode: code)
    }

    /// The store's code.
    var code: ObjectStoreError.Code {
        if let fixedCode { return fixedCode }
        return switch number {
        case ENOENT: .notFound
        case EEXIST: .exists
        case ENOSPC, EDQUOT, EFBIG: .full
        case EACCES, EPERM, EROFS, ELOOP, ENOTDIR, EISDIR, ENAMETOOLONG: .denied
        default: .unavailable
        }
    }

    /// One sentence.
    var message: String {
        if let sentence { return sentence }
        let reason: String =
            switch number {
            case ELOOP, ENOTDIR: "a symbolic link or a file is in the way, and links are not followed"
            case ENOSPC: "the disk is full"
            case EDQUOT: "the quota is used up"
            default: String(cString: strerror(number))
            }
        return "can't \(operation): \(reason)"
    }
}
