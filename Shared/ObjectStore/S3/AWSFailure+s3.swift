// SPDX-License-Identifier: Apache-2.0
// Martlet: what S3 says when it refuses, and what to make of it.
internal import Platform

extension AWSFailure {
    /// An answer that is no success, or a success whose body is an error.
    init(_ reply: HTTPReply, key: ObjectKey?, place: String, now: Timestamp) {
        let document = try? XMLReader.parse(reply.body)
        let name = document?["Code"] ?? reply.header("x-amz-error-code")
        var message = Self.shown(name ?? "HTTP \(reply.status)")
        if let text = document?["Message"] ?? reply.header("x-amz-error-message") { message += ": \(Self.shown(text))" }
        if let hint = Self.hint(name, reply, document, now) { message += "; \(hint)" }
        if let request = reply.header("x-amz-request-id") { message += " (request \(Self.shown(request)))" }
        let (code, isTransient) = Self.meaning(name, reply.status)
        self.init(ObjectStoreError(code, message, key: key, place: place), isTransient: isTransient)
        status = reply.status
        self.name = name
    }

    /// The store's code, and whether to try again.
    private static func meaning(_ name: String?, _ status: Int) -> (ObjectStoreError.Code, Bool) {
        switch name {
        case "NoSuchKey", "NoSuchVersion", "NoSuchUpload": return (.notFound, false)
        case "NoSuchBucket", "PermanentRedirect", "AuthorizationHeaderMalformed", "InvalidBucketName",
            "IllegalLocationConstraintException":
            return (.configuration, false)
        case "PreconditionFailed": return (.exists, false)
        case "QuotaExceeded", "XMinioStorageFull", "InsufficientCapacity": return (.full, false)
        case "BadDigest", "XAmzContentSHA256Mismatch", "XAmzContentChecksumMismatch", "IncompleteBody":
            // Bytes were lost or changed on their way.
            return (.damaged, true)
        case "ExpiredToken", "TokenRefreshRequired", "ExpiredTokenException": return (.denied, true)
        case "InternalError", "SlowDown", "ServiceUnavailable", "RequestTimeout", "OperationAborted",
            "ConditionalRequestConflict", "Throttling", "ThrottlingException", "RequestLimitExceeded",
            "TooManyRequests", "Busy", "XMinioServerNotInitialized":
            return (.unavailable, true)
        case "InvalidObjectState": return (.unavailable, false)
        default: break
        }
        switch status {
        case 404: return (.notFound, false)
        case 412: return (.exists, false)
        case 301, 307, 308: return (.configuration, false)
        case 401, 403: return (.denied, false)
        case 507: return (.full, false)
        case 408, 429, 500...: return (.unavailable, true)
        case 409: return (.unavailable, true)
        default: return (.configuration, false)
        }
    }

    /// What people should do about it, where that isn't plain.
    private static func hint(
        _ name: String?,
        _ reply: HTTPReply,
        _ document: XMLElement?,
        _ now: Timestamp
    ) -> String? {
        switch name {
        case "RequestTimeTooSkewed":
            guard let theirs = reply.header("date").flatMap({ HTTPDate.parse($0) }) else {
                return "this machine's clock is wrong"
            }
            let seconds = Int((now - theirs) / .seconds(1))
            return
                "this machine's clock is \(abs(seconds)) s \(seconds < 0 ? "behind" : "ahead of") the store's: set it"
        case "InvalidObjectState": return "the object is archived; bring it back from its storage class first"
        default: break
        }
        let region = reply.header("x-amz-bucket-region") ?? document?["Region"]
        if let region, [301, 307, 400].contains(reply.status), AWSPlace.isRegion(region) {
            return "the bucket is in the region \(region)"
        }
        return name == nil && reply.status == 403 ? "the credentials don't allow it" : nil
    }
}
