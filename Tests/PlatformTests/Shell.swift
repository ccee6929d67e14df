// SPDX-License-Identifier: Apache-2.0
// Martlet: runs a shell command to its end and returns its exit status.
import Glibc
import Testing

/// Runs `sh -c`, which must end by itself.
func shell(_ command: String) throws -> Int32 {
    let words: [UnsafeMutablePointer<CChar>?] = [strdup("/bin/sh"), strdup("-c"), strdup(command), nil]
    defer { for word in words { free(word) } }
    var child: pid_t = 0
    let result = posix_spawn(&child, "/bin/sh", nil, nil, words, environ)
    try #require(result == 0)
    var status: Int32 = 0
    while waitpid(child, &status, 0) < 0, errno == EINTR {}
    return status & 0x7F == 0 ? (status >> 8) & 0xFF : 128 + status & 0x7F
}
