// SPDX-License-Identifier: Apache-2.0
// Martlet: the two outputs of a program that people start.

internal import Glibc

/// Results go to standard output, all else to standard error.
enum Terminal {
    /// Whether somebody looks at standard error.
    static var isWatched: Bool { isatty(2) == 1 }

    /// Columns of that terminal; 80 when it doesn't say.
    static var columns: Int {
        var size = winsize()
        guard ioctl(2, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
        return Int(size.ws_col)
    }

    /// Shows a result.
    static func show(_ text: String) { put(text, on: 1) }

    /// Says something beside the result.
    static func say(_ text: String) { put(text, on: 2) }

    private static func put(_ text: String, on descriptor: Int32) {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            // Nobody reads it any more.
            guard count > 0 else { return }
            rest = rest.dropFirst(count)
        }
    }
}
