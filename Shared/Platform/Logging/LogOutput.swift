// SPDX-License-Identifier: Apache-2.0
// Martlet: puts whole lines on a file descriptor, one write(2) a line.
internal import Glibc
internal import Synchronization

/// Where log lines go.
///
/// Lines never interleave within the process. A reader that does not keep up is waited for at most one second a line;
/// then the line is
/// dropped and counted, so that a blocked pipe slows the process but cannot stop it.
public final class LogOutput: Sendable {
    /// The longest line, its line end included.
    public static let maximumLineLength = 65_536

    /// The file descriptor; not closed by this type.
    public let fileDescriptor: Int32
    /// Whether the descriptor is a terminal.
    public let isTerminal: Bool
    private let lock = Mutex(())
    private let dropped = Atomic<Int>(0)
    private let patience: Int32

    /// Writes to a descriptor; 1 is standard output. A blocked reader is waited for up to `patience` (default 1 s) a
    /// line.
    public init(fileDescriptor: Int32 = 1, patience: Duration = .seconds(1)) {
        self.fileDescriptor = fileDescriptor
        self.patience = Int32(
            clamping: patience.components.seconds * 1000 + patience.components.attoseconds / 1_000_000_000_000_000
        )
        isTerminal = isatty(fileDescriptor) == 1
    }

    /// How many lines were lost, because the reader was gone or too slow.
    public var droppedLines: Int { dropped.load(ordering: .relaxed) }

    /// Writes one line, which must end with a line end.
    func write(_ line: [UInt8]) {
        let isComplete = lock.withLock { _ in
            var rest = line[...]
            var deadline: ContinuousClock.Instant?
            while !rest.isEmpty {
                let count = rest.withUnsafeBytes { Glibc.write(fileDescriptor, $0.baseAddress, $0.count) }
                if count > 0 {
                    rest = rest.dropFirst(count)
                    continue
                }
                if count < 0, errno == EINTR { continue }
                guard count < 0, errno == EAGAIN || errno == EWOULDBLOCK else { return false }
                let end = deadline ?? .now + .milliseconds(Int(patience))
                deadline = end
                guard ContinuousClock.now < end else { return false }
                var poller = pollfd(fd: fileDescriptor, events: Int16(POLLOUT), revents: 0)
                _ = poll(&poller, 1, min(patience, 100))
            }
            return true
        }
        if !isComplete { dropped.add(1, ordering: .relaxed) }
    }
}
