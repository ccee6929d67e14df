// SPDX-License-Identifier: Apache-2.0
// Hints over pub/sub. All of them may be lost without harm: leases, ticks and the ledger say the same a little later.

internal import NIOCore
internal import Redis

/// What processes tell each other in passing.
enum BusHint: Equatable {
    /// Somebody asked this job to stop.
    case cancel(JobID)
    /// A queue was made.
    case queuesChanged
}

extension Bus {
    var hintChannel: String { "\(prefix):hints" }
    var finishedChannel: String { "\(prefix):finished" }

    /// Tells the workers that a running job was asked to stop.
    public func announceCancel(_ id: JobID) async {
        _ = try? await client.send(RedisCommand("PUBLISH", hintChannel, "cancel \(id)"))
    }

    /// Tells the workers that there is a new queue.
    func announceQueues() async {
        _ = try? await client.send(RedisCommand("PUBLISH", hintChannel, "queues"))
    }

    /// Tells whoever waits that jobs have ended.
    func announceFinished(_ ids: [JobID]) async {
        guard !ids.isEmpty, isConnected else { return }
        var payload = ByteBuffer()
        payload.reserveCapacity(ids.count * 8)
        for id in ids { payload.writeInteger(id.rawValue) }
        var command = RedisCommand("PUBLISH", argumentCapacity: 2, byteCapacity: payload.readableBytes)
        command.append(finishedChannel)
        command.append(payload)
        _ = try? await client.send(command)
    }

    static func hint(_ payload: ByteBuffer) -> BusHint? {
        let words = String(buffer: payload).split(separator: " ")
        switch words.first {
        case "queues": return .queuesChanged
        case "cancel": return words.last.flatMap { JobID($0) }.map { .cancel($0) }
        default: return nil
        }
    }

    static func finished(_ payload: ByteBuffer) -> [JobID] {
        var payload = payload
        var ids: [JobID] = []
        ids.reserveCapacity(payload.readableBytes / 8)
        while let number = payload.readInteger(as: Int64.self) { ids.append(JobID(rawValue: number)) }
        return ids
    }
}
