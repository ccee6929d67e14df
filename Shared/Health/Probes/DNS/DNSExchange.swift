// SPDX-License-Identifier: Apache-2.0
// Martlet: one question to one DNS server: over UDP, and over TCP when the answer does not fit.
internal import NIOCore
internal import NIOPosix

/// Asks with a random id from a random port; answers to anything else are passed over.
struct DNSExchange: Sendable {
    let resources: ProbeResources
    let server: DNSServer
    let question: DNSMessage.Question

    /// `shown` is the time-out in the reason.
    func answer(timeout: Duration, shown: Duration) async -> Result<DNSMessage, ProbeFailure> {
        let deadline = ContinuousClock.now + timeout
        let first = await overUDP(timeout: timeout, shown: shown)
        guard case .success(let message) = first, message.isTruncated else { return first }
        return await overTCP(timeout: max(deadline - .now, .milliseconds(1)), shown: shown)
    }

    private func overUDP(timeout: Duration, shown: Duration) async -> Result<DNSMessage, ProbeFailure> {
        let dialer = Dialer(resources: resources, host: server.host, port: server.port, tls: nil)
        return await ProbeRun<DNSMessage>.perform(
            on: resources.group.next(),
            timeout: timeout,
            shown: shown,
            phase: dialer.firstPhase
        ) { run in
            resources.names.addresses(of: server.host, port: server.port, on: run.loop).flatMap {
                addresses -> EventLoopFuture<any Channel> in
                run.enter(.waitingForAnswer)
                guard let address = addresses.first else {
                    return run.loop.makeFailedFuture(ProbeFailure("name not found: \(server.host)"))
                }
                return DatagramBootstrap(group: run.loop)
                    .channelInitializer { channel in
                        channel.eventLoop.makeCompletedFuture {
                            guard run.adopt(channel) else { throw ProbeFailure.cancelled }
                            try channel.pipeline.syncOperations.addHandler(
                                DNSDatagramHandler(run: run, question: question, pause: timeout / 3)
                            )
                        }
                    }
                    .connect(to: address)
            }.whenFailure { run.finish(.failure(NetworkTrouble.failure($0))) }
        }
    }

    private func overTCP(timeout: Duration, shown: Duration) async -> Result<DNSMessage, ProbeFailure> {
        let dialer = Dialer(resources: resources, host: server.host, port: server.port, tls: nil)
        return await ProbeRun<DNSMessage>.perform(
            on: resources.group.next(),
            timeout: timeout,
            shown: shown,
            phase: dialer.firstPhase
        ) { run in
            dialer.connect(run, timeout: timeout) { channel in
                try channel.pipeline.syncOperations.addHandler(DNSStreamHandler(run: run, question: question))
            }
        }
    }

    /// An answer that is ours ends the run; so does one that is ours and broken.
    static func receive(
        _ bytes: [UInt8],
        _ id: UInt16,
        _ question: DNSMessage.Question,
        _ run: ProbeRun<DNSMessage>
    ) {
        do throws(DNSFault) {
            if let message = try DNSMessage(bytes, id: id, question: question) { run.finish(.success(message)) }
        } catch {
            run.fail("malformed DNS answer: \(error)")
        }
    }
}
