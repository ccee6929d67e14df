// SPDX-License-Identifier: Apache-2.0
// Martlet: leaves the metrics of a run that ends in a file for node_exporter.
internal import Glibc
public import Platform

/// A file of the textfile collector, such as `/var/lib/node_exporter/martlet-backup-drill.prom`.
///
/// Each kind of run needs a file of its own. It is replaced in one step: a scrape sees the old page or the new one.
public struct MetricsTextFile: Sendable {
    /// The file.
    public let path: String

    /// Names the file; its folder must exist, and the name should end in `.prom`.
    public init(path: String) { self.path = path }

    /// Writes the page of a registry.
    /// - Throws: `.disk`, which names the file.
    public func write(_ registry: MetricsRegistry) throws(RecoveryError) {
        let draft = "\(path).\(getpid())"
        do throws(RecoveryError) {
            try write(registry.render(.text), to: draft)
            guard rename(draft, path) == 0 else { throw failure("put in its place", errno) }
        } catch {
            unlink(draft)
            throw error
        }
    }

    private func write(_ bytes: [UInt8], to draft: String) throws(RecoveryError) {
        let file = open(draft, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard file >= 0 else { throw failure("created", errno) }
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(file, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else {
                let code = errno
                close(file)
                throw failure("written", code)
            }
            rest = rest.dropFirst(count)
        }
        guard fsync(file) == 0, close(file) == 0 else { throw failure("written", errno) }
    }

    private func failure(_ what: String, _ code: Int32) -> RecoveryError {
        RecoveryError(.disk, "the metrics file \(path) can't be \(what): \(String(cString: strerror(code)))")
    }
}
