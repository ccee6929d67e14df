// SPDX-License-Identifier: Apache-2.0
// Martlet: what the benchmark tells while it works; standard output is for the figures.

import Glibc

/// Lines on standard error.
enum Progress {
    static func say(_ text: String) {
        let line = Array("\(text)\n".utf8)
        _ = line.withUnsafeBytes { write(2, $0.baseAddress, $0.count) }
    }
}
