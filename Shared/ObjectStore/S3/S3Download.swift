// SPDX-License-Identifier: Apache-2.0
// Martlet: an object under way out of a bucket.
internal import NIOCore
internal import NIOHTTP1
internal import Synchronization

/// Reads an object by ranges, a few ahead; each continues where it broke off, and all are of the same object.
final class S3Download: ObjectDownload {
    /// Bytes of a range.
    static let range = 4 << 20
    /// Ranges under way at once.
    static let ahead = 3
    /// Bytes that are handed out at once.
    static let piece = 1 << 20

    private typealias Fetching = Task<Result<[UInt8], ObjectStoreError>, Never>

    private struct State {
        /// Ranges under way in order; owned by this object and cancelled with it.
        var fetching: [Fetching] = []
        /// Where the next range begins.
        var offset: Int64
        /// What came and was not handed out yet.
        var ready: ArraySlice<UInt8> = []
        var check: S3BodyCheck?
        var isClosed = false
    }

    private let client: S3Client
    private let facts: S3Facts
    private let end: Int64
    private let state: Mutex<State>

    let size: Int64

    init(_ client: S3Client, _ facts: S3Facts, range: Range<Int64>) {
        self.client = client
        self.facts = facts
        end = range.upperBound
        size = Int64(range.count)
        let isWhole = range == 0..<facts.info.size
        state = Mutex(State(offset: range.lowerBound, check: isWhole ? facts.check : nil))
    }

    deinit { state.withLock { $0.fetching.forEach { $0.cancel() } } }

    func next() async throws(ObjectStoreError) -> [UInt8]? {
        while true {
            if let piece = try take() { return piece }
            guard let oldest = fill() else { return try ended() }
            let result = await withTaskCancellationHandler {
                await oldest.value
            } onCancel: {
                oldest.cancel()
            }
            let bytes: [UInt8]
            do throws(ObjectStoreError) { bytes = try result.get() } catch {
                await close()
                throw error
            }
            state.withLock { state in
                if !state.fetching.isEmpty { state.fetching.removeFirst() }
                state.ready = bytes[...]
            }
        }
    }

    func close() async {
        let fetching = state.withLock { state in
            defer { state.fetching = [] }
            state.isClosed = true
            state.ready = []
            return state.fetching
        }
        for task in fetching { task.cancel() }
        for task in fetching { _ = await task.value }
    }

    private func take() throws(ObjectStoreError) -> [UInt8]? {
        try state.withLock { (state) throws(ObjectStoreError) in
            guard !state.isClosed else { throw client.error(.cancelled, "the download was closed", facts.info.key) }
            guard !state.ready.isEmpty else { return nil }
            let piece = state.ready.prefix(Self.piece)
            state.ready = state.ready.dropFirst(piece.count)
            state.check?.update(piece)
            return Array(piece)
        }
    }

    /// Starts ranges until enough are under way; the oldest, or nil when all have come.
    private func fill() -> Fetching? {
        state.withLock { state in
            while state.fetching.count < Self.ahead, state.offset < end {
                let range = state.offset..<min(end, state.offset + Int64(Self.range))
                state.offset = range.upperBound
                state.fetching.append(
                    Fetching { [client, facts] in
                        do throws(ObjectStoreError) { return .success(try await client.fetch(range, of: facts)) } catch
                        {
                            return .failure(error)
                        }
                    }
                )
            }
            return state.fetching.first
        }
    }

    private func ended() throws(ObjectStoreError) -> [UInt8]? {
        let mismatch = state.withLock { state in
            defer { state.check = nil }
            return state.check?.mismatch()
        }
        guard let mismatch else { return nil }
        let message = "the bytes have the checksum \(mismatch.ours), stored were \(AWSFailure.shown(mismatch.theirs))"
        throw client.error(.damaged, message, facts.info.key)
    }
}

extension S3Client {
    /// Reads a range; what came before a connection broke is kept.
    fileprivate func fetch(_ range: Range<Int64>, of facts: S3Facts) async throws(ObjectStoreError) -> [UInt8] {
        let key = facts.info.key
        let piece = PieceBuffer(size: range.count)
        for continuation in 0... {
            let got = piece.count
            let (first, last) = (range.lowerBound + Int64(got), range.upperBound - 1)
            var call = S3Call(.GET, key)
            call.headers = [("range", "bytes=\(first)-\(last)")]
            if let tag = facts.tag { call.headers.append(("if-match", tag)) }
            call.limit = range.count - got
            call.receive = { piece.append($0) }
            call.isSpoiled = { piece.count > got }
            do throws(AWSFailure) {
                let reply = try await send(call)
                // A server that ignores ranges answers with other bytes.
                let isRange =
                    reply.status == 206 && reply.header("content-range")?.hasPrefix("bytes \(first)-\(last)/") == true
                guard isRange || (got == 0 && range == 0..<facts.info.size), piece.count == range.count else {
                    throw AWSFailure(
                        error(.damaged, "the store did not answer with the range", key),
                        isTransient: false
                    )
                }
                return piece.take()
            } catch {
                guard error.status != 412 else {
                    throw self.error(.damaged, "the object was replaced while it was read", key)
                }
                // Without progress, all attempts were made already.
                guard error.isTransient, piece.count > got, continuation < Self.continuations else { throw error.error }
            }
        }
        throw error(.unavailable, "the connection broke too often", key)
    }

    /// Times that a range of some MiB may break off and continue.
    private static let continuations = 50
}
