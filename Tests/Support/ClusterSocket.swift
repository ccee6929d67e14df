// SPDX-License-Identifier: Apache-2.0
// Martlet: a loopback connection with deadlines that says exactly how far it came; for threads that may block.

import Glibc

/// Why an exchange over a connection failed.
struct ClusterSocketFailure: Error, CustomStringConvertible {
    enum Reason: String {
        /// Nobody listens: no byte can have been seen by anyone.
        case refused
        /// The peer closed or reset the connection.
        case closed
        /// The deadline passed.
        case timeout
        /// The answer was not understood.
        case malformed
    }

    let reason: Reason
    /// Bytes of the request that were handed to the kernel.
    let sent: Int
    let detail: String

    var description: String { "\(reason.rawValue) after \(sent) bytes: \(detail)" }
}

/// A connected, non-blocking socket; closed when it is let go.
struct ClusterSocket: ~Copyable {
    private let descriptor: Int32

    static func loopback(_ port: Int) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        return address
    }

    init(port: Int, until deadline: ContinuousClock.Instant) throws(ClusterSocketFailure) {
        let kind =
            Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
        descriptor = socket(AF_INET, kind, 0)
        guard descriptor >= 0 else { throw Self.failure(0) }
        var one: Int32 = 1
        setsockopt(
            descriptor,
            Int32(IPPROTO_TCP),
            TCP_NODELAY,
            &one,
            socklen_t(MemoryLayout<Int32>.size)
        )
        var address = Self.loopback(port)
        let status = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        if status == 0 { return }
        guard errno == EINPROGRESS else { throw Self.failure(0) }
        try wait(for: POLLOUT, until: deadline, sent: 0)
        var code: Int32 = 0
        var length = socklen_t(MemoryLayout<Int32>.size)
        getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &code, &length)
        if code != 0 { throw Self.failure(0, code) }
    }

    deinit { if descriptor >= 0 { close(descriptor) } }

    /// Whether the peer has closed the connection, or has said something that nobody asked for.
    var isStale: Bool {
        var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        return poll(&entry, 1, 0) != 0
    }

    func send(_ bytes: [UInt8], until deadline: ContinuousClock.Instant) throws(ClusterSocketFailure) {
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes {
                Glibc.send(
                    descriptor,
                    $0.baseAddress?.advanced(by: sent),
                    $0.count - sent,
                    Int32(MSG_NOSIGNAL)
                )
            }
            if count > 0 {
                sent += count
            } else if errno == EAGAIN {
                try wait(for: POLLOUT, until: deadline, sent: sent)
            } else if errno != EINTR {
                throw Self.failure(sent)
            }
        }
    }

    /// Appends what comes, at least one byte.
    func receive(into buffer: inout [UInt8], until deadline: ContinuousClock.Instant, sent: Int)
        throws(ClusterSocketFailure)
    {
        var chunk = [UInt8](repeating: 0, count: 16_384)
        while true {
            let count = recv(descriptor, &chunk, chunk.count, 0)
            if count > 0 { return buffer.append(contentsOf: chunk[..<count]) }
            if count == 0 {
                throw ClusterSocketFailure(reason: .closed, sent: sent, detail: "end of input")
            }
            if errno == EAGAIN {
                try wait(for: POLLIN, until: deadline, sent: sent)
            } else if errno != EINTR {
                throw Self.failure(sent)
            }
        }
    }

    private func wait(for events: Int32, until deadline: ContinuousClock.Instant, sent: Int)
        throws(ClusterSocketFailure)
    {
        while true {
            let left = ContinuousClock.now.duration(to: deadline)
            guard left > .zero else {
                throw ClusterSocketFailure(reason: .timeout, sent: sent, detail: "no answer")
            }
            let milliseconds =
                left.components.seconds * 1_000 + left.components.attoseconds / 1_000_000_000_000_000 + 1
            var entry = pollfd(fd: descriptor, events: Int16(events), revents: 0)
            if poll(&entry, 1, Int32(clamping: milliseconds)) > 0 { return }
        }
    }

    private static func failure(_ sent: Int, _ code: Int32 = errno) -> ClusterSocketFailure {
        ClusterSocketFailure(
            reason: code == ECONNREFUSED ? .refused : .closed,
            sent: sent,
            detail: String(cString: strerror(code))
        )
    }
}
