// SPDX-License-Identifier: Apache-2.0
// Martlet: removing objects from a bucket, and what killed writers left there.
internal import NIOHTTP1
internal import Platform
internal import Resilience

extension S3Store {
    /// Names in one request.
    static let removedAtOnce = 1_000
    /// Requests for names that the store had no time for.
    static let removalRounds = 5

    /// Removes objects, 1,000 in a request; in a versioned bucket each gets a marker.
    public func remove(_ keys: [ObjectKey]) async throws(ObjectStoreError) {
        var refused: [Refusal] = []
        for start in stride(from: 0, to: keys.count, by: Self.removedAtOnce) {
            refused += try await removeBatch(Array(keys[start..<min(keys.count, start + Self.removedAtOnce)]))
        }
        guard let first = refused.first else { return }
        let others = refused.count > 1 ? "; so were \(refused.count - 1) more" : ""
        throw client.error(first.code, "not removed: \(first.message)\(others)", first.key)
    }

    /// A name that the store did not remove.
    private struct Refusal {
        let key: ObjectKey
        let code: ObjectStoreError.Code
        let message: String
        let isTransient: Bool
    }

    private func removeBatch(_ keys: [ObjectKey]) async throws(ObjectStoreError) -> [Refusal] {
        var keys = keys
        let backoff = Backoff.exponential(base: .milliseconds(200), cap: .seconds(5))
        for round in 1... {
            let refused = try await removeOnce(keys)
            let again = refused.filter(\.isTransient)
            guard !again.isEmpty, again.count == refused.count, round < Self.removalRounds else { return refused }
            do { try await Task.sleep(for: backoff.delay(attempt: round)) } catch {
                throw client.error(.cancelled, "the caller was cancelled")
            }
            keys = again.map(\.key)
        }
        return []
    }

    private func removeOnce(_ keys: [ObjectKey]) async throws(ObjectStoreError) -> [Refusal] {
        var body = "<Delete xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Quiet>true</Quiet>"
        for key in keys { body += "<Object><Key>\(client.name(key).xmlEscaped)</Key></Object>" }
        var call = S3Call(.POST)
        call.query = [("delete", "")]
        call.setBody(body + "</Delete>")
        // S3 wants a checksum here, and this one every store knows.
        call.headers = [("content-type", "application/xml")]
        if let body = call.body { call.headers.append(("content-md5", S3Client.md5(body))) }
        return try await document(call, "DeleteResult").all("Error").compactMap { error in
            let name = error["Code"] ?? "unknown"
            guard let key = error["Key"].flatMap({ client.key($0) }), name != "NoSuchKey" else { return nil }
            let text = "\(AWSFailure.shown(name)): \(AWSFailure.shown(error["Message"] ?? ""))"
            switch name {
            case "InternalError", "SlowDown", "ServiceUnavailable", "OperationAborted":
                return Refusal(key: key, code: .unavailable, message: text, isTransient: true)
            default: return Refusal(key: key, code: .denied, message: text, isTransient: false)
            }
        }
    }

    /// Takes back uploads by parts below our prefix that were begun at least `age` ago and never ended: their parts cost space
    /// unseen. Without a prefix, the whole bucket counts as ours.
    public func sweep(olderThan age: Duration) async throws(ObjectStoreError) -> Int {
        let end = client.now() + (.zero - age)
        var markers: [(name: String, value: String)] = []
        var count = 0
        while true {
            var call = S3Call(.GET)
            call.query = [("uploads", ""), ("prefix", client.name(prefix: ""))] + markers
            let answer = try await document(call, "ListMultipartUploadsResult")
            for upload in answer.all("Upload") {
                guard let id = upload["UploadId"], let key = upload["Key"].flatMap({ client.key($0) }),
                    let begun = upload["Initiated"].flatMap({ Timestamp(rfc3339: $0.utf8) }), begun < end
                else { continue }
                var call = S3Call(.DELETE, key)
                call.query = [("uploadId", id)]
                do throws(AWSFailure) {
                    _ = try await client.send(call)
                    count += 1
                } catch {
                    // Somebody else was faster.
                    guard error.error.code == .notFound else { throw error.error }
                }
            }
            guard answer["IsTruncated"] == "true", let key = answer["NextKeyMarker"] else { return count }
            markers = [("key-marker", key), ("upload-id-marker", answer["NextUploadIdMarker"] ?? "")]
        }
    }
}
