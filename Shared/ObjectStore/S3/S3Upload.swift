// SPDX-License-Identifier: Apache-2.0
// Martlet: an object under way into a bucket.
internal import NIOCore
internal import NIOHTTP1
internal import Synchronization

/// Sends small objects in one request and others by parts, several at once, in bounded memory.
final class S3Upload: ObjectUpload {
    private typealias Sending = Task<Result<S3UploadState.Receipt, ObjectStoreError>, Never>

    private let client: S3Client
    private let key: ObjectKey
    private let condition: WriteCondition
    private let token = S3Client.makeToken()
    private let state: Mutex<S3UploadState>
    /// Parts under way, the oldest first; owned by this object and cancelled with it.
    private let sending = Mutex<[Sending]>([])

    init(_ client: S3Client, to key: ObjectKey, when condition: WriteCondition) {
        self.client = client
        self.key = key
        self.condition = condition
        state = Mutex(S3UploadState(plan: S3PartPlan(first: client.settings.partSize)))
    }

    deinit { sending.withLock { $0.forEach { $0.cancel() } } }

    func write(_ bytes: [UInt8]) async throws(ObjectStoreError) {
        try checkOpen()
        var rest = bytes[...]
        while true {
            state.withLock { $0.fill(&rest) }
            guard !rest.isEmpty else { return }
            try await ending { () throws(ObjectStoreError) in try await sendPart() }
        }
    }

    func finish() async throws(ObjectStoreError) -> ObjectInfo {
        try checkOpen()
        return try await ending { () throws(ObjectStoreError) in
            guard state.withLock({ $0.uploadID }) != nil else {
                let part = state.withLock { state in
                    state.isEnded = true
                    return state.cut()
                }
                return try await client.put(part.body, part.digest, at: key, when: condition)
            }
            if state.withLock({ $0.hasRest }) { try await sendPart() }
            try await settle(downTo: 0)
            let info = try await complete()
            state.withLock { state in
                state.isEnded = true
                state.uploadID = nil
            }
            return info
        }
    }

    func abandon() async {
        let id = state.withLock { state in
            state.isEnded = true
            defer { state.uploadID = nil }
            return state.uploadID
        }
        let running = sending.withLock { running in
            defer { running = [] }
            return running
        }
        for part in running { part.cancel() }
        for part in running { _ = await part.value }
        guard let id else { return }
        // Also for a caller who was cancelled. What can't be taken back now is left to a sweep.
        await Task { [client, key] in
            var call = S3Call(.DELETE, key)
            call.query = [("uploadId", id)]
            _ = try? await client.send(call)
        }.value
    }

    private func checkOpen() throws(ObjectStoreError) {
        guard !state.withLock({ $0.isEnded }) else { throw client.error(.unavailable, "the upload has ended", key) }
    }

    /// After a failure nothing more is taken: the parts would have a hole.
    private func ending<Value>(
        _ body: () async throws(ObjectStoreError) -> Value
    ) async throws(ObjectStoreError) -> Value {
        do throws(ObjectStoreError) { return try await body() } catch {
            state.withLock { $0.isEnded = true }
            throw error
        }
    }

    // MARK: Parts

    private func sendPart() async throws(ObjectStoreError) {
        let id = try await begin()
        let part = state.withLock { $0.cut() }
        guard part.number <= S3PartPlan.most else {
            throw client.error(.tooLarge, "the object needs more than \(S3PartPlan.most) parts", key)
        }
        let most = state.withLock { $0.plan.atOnce(part.number, most: client.settings.partsAtOnce) }
        try await settle(downTo: most - 1)
        let task = Sending { [client, key] in
            do throws(ObjectStoreError) { return .success(try await client.send(part, of: key, id)) } catch {
                return .failure(error)
            }
        }
        sending.withLock { $0.append(task) }
    }

    /// Waits for the oldest parts until no more than a number is under way.
    private func settle(downTo most: Int) async throws(ObjectStoreError) {
        while true {
            guard let oldest = sending.withLock({ $0.count > most ? $0.first : nil }) else { return }
            let result = await withTaskCancellationHandler {
                await oldest.value
            } onCancel: {
                oldest.cancel()
            }
            sending.withLock { if !$0.isEmpty { $0.removeFirst() } }
            let receipt = try result.get()
            state.withLock { $0.receipts.append(receipt) }
        }
    }

    private func begin() async throws(ObjectStoreError) -> String {
        if let id = state.withLock({ $0.uploadID }) { return id }
        var call = S3Call(.POST, key)
        call.query = [("uploads", "")]
        call.headers = client.writeHeaders(token: token)
        call.headers.append((S3Store.partHeader, "\(client.settings.partSize)"))
        if client.settings.checksum == .sha256 { call.headers.append(("x-amz-checksum-algorithm", "SHA256")) }
        let reply: HTTPReply
        do throws(AWSFailure) { reply = try await client.send(call) } catch { throw error.error }
        guard let id = (try? XMLReader.parse(reply.body))?["UploadId"], !id.isEmpty else {
            throw client.error(.unavailable, "the store gave no id for the upload", key)
        }
        state.withLock { $0.uploadID = id }
        return id
    }

    private func complete() async throws(ObjectStoreError) -> ObjectInfo {
        let (id, size, body, checksum) = state.withLock { state in
            let (body, checksum) = state.completion(client.settings.checksum)
            return (state.uploadID ?? "", state.size, body, checksum)
        }
        var call = S3Call(.POST, key)
        call.query = [("uploadId", id)]
        call.headers = [("content-type", "application/xml")]
        if condition == .absent { call.headers.append(("if-none-match", "*")) }
        call.setBody(body)
        call.verify = { [client, key] (reply) throws(AWSFailure) in try client.checkCompletion(reply, key, checksum) }
        do throws(AWSFailure) {
            let reply = try await client.send(call)
            return ObjectInfo(key: key, size: size, modified: client.time(reply))
        } catch {
            // The id is used up by an attempt that succeeded, though its answer got lost.
            let isSettled = error.error.code == .exists || (error.name == "NoSuchUpload" && error.attempts > 1)
            guard isSettled else { throw error.error }
            if error.error.code == .exists { return try await client.settle(error, key, token: token) }
            guard let facts = try await client.facts(key), facts.token == token else { throw error.error }
            return facts.info
        }
    }
}

extension S3Client {
    /// Sends one part.
    fileprivate func send(
        _ part: S3UploadState.Part,
        of key: ObjectKey,
        _ id: String
    ) async throws(ObjectStoreError) -> S3UploadState.Receipt {
        var call = S3Call(.PUT, key)
        call.query = [("partNumber", "\(part.number)"), ("uploadId", id)]
        call.headers = checksumHeaders(part.body, part.digest)
        call.body = part.body
        call.digest = part.digest
        call.verify = { [self] (reply) throws(AWSFailure) in
            try check(reply.header("x-amz-checksum-sha256"), is: part.digest.base64, key)
        }
        let reply: HTTPReply
        do throws(AWSFailure) { reply = try await send(call) } catch { throw error.error }
        guard let tag = reply.header("etag") else {
            throw error(.unavailable, "the store gave no tag for part \(part.number)", key)
        }
        return S3UploadState.Receipt(number: part.number, tag: tag, digest: part.digest)
    }

    /// S3 may answer 200 before it knows whether it succeeds, and then say in the body that it didn't.
    fileprivate func checkCompletion(_ reply: HTTPReply, _ key: ObjectKey, _ checksum: String) throws(AWSFailure) {
        guard let document = try? XMLReader.parse(reply.body) else {
            let cut = error(.unavailable, "the answer to the completed upload can't be read", key)
            throw AWSFailure(cut, isTransient: true)
        }
        guard document.name != "Error" else {
            throw AWSFailure(reply, key: key, place: settings.place, now: now())
        }
        try check(document["ChecksumSHA256"], is: checksum, key)
    }
}
