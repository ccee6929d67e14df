// SPDX-License-Identifier: Apache-2.0
// Martlet: the headers of writes, and whose an object is.
internal import Crypto
internal import FoundationEssentials
internal import NIOCore
internal import NIOHTTP1
internal import Platform

extension S3Client {
    /// What every object is written with.
    func writeHeaders(token: String) -> [(name: String, value: String)] {
        var headers = [(name: S3Store.tokenHeader, value: token), ("content-type", "application/octet-stream")]
        switch settings.encryption {
        case .bucket: break
        case .s3: headers.append(("x-amz-server-side-encryption", "AES256"))
        case .kms(let key):
            headers.append(("x-amz-server-side-encryption", "aws:kms"))
            if let key { headers.append(("x-amz-server-side-encryption-aws-kms-key-id", key)) }
        }
        if let storageClass = settings.storageClass { headers.append(("x-amz-storage-class", storageClass)) }
        if let lock = settings.lock {
            headers.append(("x-amz-object-lock-mode", lock.mode.rawValue.uppercased()))
            let end = (now() + lock.retention).formatted(fractionDigits: 0)
            headers.append(("x-amz-object-lock-retain-until-date", end))
        }
        return headers
    }

    /// The checksum of a body that carries data; S3 wants the algorithm's name, too, where objects are locked.
    func checksumHeaders(_ body: ByteBuffer, _ digest: PayloadDigest) -> [(name: String, value: String)] {
        switch settings.checksum {
        case .sha256: [("x-amz-sdk-checksum-algorithm", "SHA256"), ("x-amz-checksum-sha256", digest.base64)]
        case .md5: [("content-md5", Self.md5(body))]
        }
    }

    static func md5(_ body: ByteBuffer) -> String {
        var hasher = Insecure.MD5()
        body.withUnsafeReadableBytes { hasher.update(bufferPointer: $0) }
        return Data(hasher.finalize()).base64EncodedString()
    }

    /// Writes an object in one request.
    func put(
        _ body: ByteBuffer,
        _ digest: PayloadDigest,
        at key: ObjectKey,
        when condition: WriteCondition
    ) async throws(ObjectStoreError) -> ObjectInfo {
        let token = Self.makeToken()
        var call = S3Call(.PUT, key)
        call.headers = writeHeaders(token: token) + checksumHeaders(body, digest)
        if condition == .absent { call.headers.append(("if-none-match", "*")) }
        call.body = body
        call.digest = digest
        call.verify = { [self] (reply) throws(AWSFailure) in
            try check(reply.header("x-amz-checksum-sha256"), is: digest.base64, key)
        }
        let size = Int64(body.readableBytes)
        do throws(AWSFailure) {
            let reply = try await send(call)
            return ObjectInfo(key: key, size: size, modified: time(reply))
        } catch {
            guard error.error.code == .exists else { throw error.error }
            return try await settle(error, key, token: token)
        }
    }

    /// Decides a refused conditional write: an earlier attempt of ours may be what is there.
    func settle(_ failure: AWSFailure, _ key: ObjectKey, token: String) async throws(ObjectStoreError) -> ObjectInfo {
        let exists = error(.exists, "an object of this name exists", key)
        guard failure.attempts > 1 else { throw exists }
        guard let facts = try await facts(key), facts.token == token else { throw exists }
        return facts.info
    }

    /// Compares a checksum that the store computed with ours; a store that computes none says nothing.
    func check(_ theirs: String?, is ours: String, _ key: ObjectKey) throws(AWSFailure) {
        guard let theirs, theirs != ours else { return }
        let message = "the store's checksum is \(AWSFailure.shown(theirs)), ours is \(ours)"
        throw AWSFailure(error(.damaged, message, key), isTransient: true)
    }

    /// The store's clock, from an answer; ours if it doesn't say.
    func time(_ reply: HTTPReply) -> Timestamp {
        (reply.header("last-modified") ?? reply.header("date")).flatMap { HTTPDate.parse($0) } ?? now()
    }

    /// 128 random bits.
    static func makeToken() -> String {
        let bits = UInt128.random(in: 0 ... .max)
        return String(bits, radix: 16)
    }
}
