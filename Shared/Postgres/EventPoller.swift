// SPDX-License-Identifier: Apache-2.0
// Martlet: epoll and its wake-up eventfd, closed when the poller goes.

import CLinux
import Glibc

/// What a descriptor is ready for.
struct IOReadiness: OptionSet, Sendable {
    let rawValue: UInt32
    static let readable = IOReadiness(rawValue: EPOLLIN.rawValue)
    static let writable = IOReadiness(rawValue: EPOLLOUT.rawValue)
    static let failed = IOReadiness(rawValue: EPOLLERR.rawValue | EPOLLHUP.rawValue)
}

/// The kernel's readiness queue. `wait` belongs to one thread; `wake` may come from any.
struct EventPoller: ~Copyable, Sendable {
    private static let capacity = 64
    private let epoll: Int32
    private let wakeup: Int32

    init() {
        epoll = epoll_create1(Int32(EPOLL_CLOEXEC))
        wakeup = eventfd(0, Int32(EFD_CLOEXEC | EFD_NONBLOCK))
        // Without descriptors at start no service can run: a programmer or machine error, not a state to carry along.
        precondition(epoll >= 0 && wakeup >= 0, "the system gave no epoll or eventfd descriptor")
        control(EPOLL_CTL_ADD, wakeup, .readable)
    }

    deinit {
        Glibc.close(wakeup)
        Glibc.close(epoll)
    }

    func add(_ descriptor: Int32, _ interest: IOReadiness) { control(EPOLL_CTL_ADD, descriptor, interest) }
    func modify(_ descriptor: Int32, _ interest: IOReadiness) { control(EPOLL_CTL_MOD, descriptor, interest) }
    func remove(_ descriptor: Int32) { control(EPOLL_CTL_DEL, descriptor, []) }

    private func control(_ operation: Int32, _ descriptor: Int32, _ interest: IOReadiness) {
        var event = epoll_event()
        event.events = interest.rawValue
        event.data.fd = descriptor
        epoll_ctl(epoll, operation, descriptor, &event)
    }

    func wake() {
        var one: UInt64 = 1
        // A full counter means that a wake-up is already pending, so the result does not matter.
        _ = write(wakeup, &one, MemoryLayout<UInt64>.size)
    }

    /// Waits at most `timeout` milliseconds (-1: without end) and reports each descriptor that is ready.
    func wait(timeout: Int32, _ body: (Int32, IOReadiness) -> Void) {
        withUnsafeTemporaryAllocation(of: epoll_event.self, capacity: Self.capacity) { events in
            let count = epoll_wait(epoll, events.baseAddress, Int32(Self.capacity), timeout)
            guard count > 0 else { return }
            for index in 0..<Int(count) {
                let event = events[index]
                guard event.data.fd != wakeup else {
                    var drained: UInt64 = 0
                    _ = read(wakeup, &drained, MemoryLayout<UInt64>.size)
                    continue
                }
                body(event.data.fd, IOReadiness(rawValue: event.events))
            }
        }
    }
}
