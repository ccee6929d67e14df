// SPDX-License-Identifier: Apache-2.0
// Martlet: what AWS services that speak JSON say when they refuse.
internal import FoundationEssentials

/// `{"__type":"com.amazonaws.kms#NotFoundException","message":…}`.
struct AWSErrorAnswer: Decodable {
    let __type: String?
    let message: String?
    let Message: String?

    /// The failure that an answer stands for.
    static func failure(_ reply: HTTPReply, _ place: String) -> AWSFailure {
        let answer = try? JSONDecoder().decode(AWSErrorAnswer.self, from: Data(reply.body))
        let type = (answer?.__type ?? reply.header("x-amzn-errortype"))?.split(separator: "#").last?
            .split(separator: ":").first.map { String($0) }
        let text = [type ?? "HTTP \(reply.status)", answer?.message ?? answer?.Message].compactMap { $0 }
        let (code, isTransient) = meaning(type, reply.status)
        let message = text.map { AWSFailure.shown($0) }.joined(separator: ": ")
        var failure = AWSFailure(ObjectStoreError(code, message, place: place), isTransient: isTransient)
        failure.status = reply.status
        failure.name = type
        return failure
    }

    private static func meaning(_ type: String?, _ status: Int) -> (ObjectStoreError.Code, Bool) {
        switch type {
        case "NotFoundException", "ResourceNotFoundException": return (.notFound, false)
        case "InvalidCiphertextException", "IncorrectKeyException": return (.damaged, false)
        case "AccessDeniedException", "DisabledException", "KMSInvalidStateException", "InvalidGrantTokenException",
            "UnrecognizedClientException", "InvalidSignatureException", "IncompleteSignatureException",
            "MissingAuthenticationTokenException":
            return (.denied, false)
        case "ExpiredTokenException": return (.denied, true)
        case "ThrottlingException", "KMSInternalException", "DependencyTimeoutException", "KeyUnavailableException",
            "RequestLimitExceeded", "LimitExceededException":
            return (.unavailable, true)
        default: break
        }
        switch status {
        case 401, 403: return (.denied, false)
        case 429, 500...: return (.unavailable, true)
        default: return (.configuration, false)
        }
    }
}
