// SPDX-License-Identifier: Apache-2.0
// Martlet: listing a bucket.
internal import NIOHTTP1
internal import Platform
internal import Resilience

extension S3Store {
    /// The objects below a prefix, by name; foreign names below our prefix are skipped.
    public func list(
        prefix: String,
        after: ObjectKey?,
        limit: Int
    ) async throws(ObjectStoreError) -> ObjectPage {
        let limit = min(max(limit, 1), 1000)
        // What no name begins with need not be asked for, and some stores read `a//` as `a/`.
        guard ObjectKey.mayBegin(prefix) else { return ObjectPage(objects: [], hasMore: false) }
        var objects: [ObjectInfo] = []
        var token: String?
        let deadline = Deadline.after(client.settings.timing.call)
        while true {
            guard !deadline.isExpired() else {
                throw client.error(.unavailable, "the listing took too long: too many objects there are not ours")
            }
            var call = S3Call(.GET)
            call.query = [
                ("list-type", "2"), ("encoding-type", "url"), ("prefix", client.name(prefix: prefix)),
                ("max-keys", "\(limit - objects.count)"),
            ]
            if let token {
                call.query.append(("continuation-token", token))
            } else if let after {
                call.query.append(("start-after", client.name(after)))
            }
            let answer = try await document(call, "ListBucketResult")
            for object in answer.all("Contents") { if let info = try info(object) { objects.append(info) } }
            token = answer["IsTruncated"] == "true" ? answer["NextContinuationToken"] : nil
            // A page of foreign names alone says nothing to the caller, who asks by the last name.
            if token == nil || objects.count >= limit { return ObjectPage(objects: objects, hasMore: token != nil) }
        }
    }

    private func info(_ object: XMLElement) throws(ObjectStoreError) -> ObjectInfo? {
        guard let name = object["Key"]?.percentDecoded, let size = object["Size"].flatMap({ Int64($0) }),
            let modified = object["LastModified"].flatMap({ Timestamp(rfc3339: $0.utf8) })
        else { throw client.error(.unavailable, "the store's listing holds an object without name, size or time") }
        guard let key = client.key(name) else { return nil }
        return ObjectInfo(key: key, size: size, modified: modified)
    }

    /// Sends a call and reads the answer's document.
    func document(_ call: S3Call, _ name: String) async throws(ObjectStoreError) -> XMLElement {
        try document(try await send(call), [name])
    }

    /// Reads an answer's document, which has one of the names.
    func document(_ reply: HTTPReply, _ names: [String]) throws(ObjectStoreError) -> XMLElement {
        do throws(XMLReader.Trouble) {
            let document = try XMLReader.parse(reply.body)
            if names.contains(document.name) { return document }
        } catch {
            throw client.error(.unavailable, "the store's answer can't be read: \(error.message), byte \(error.offset)")
        }
        throw client.error(.unavailable, "the store's answer is no \(names[0])")
    }
}
