// SPDX-License-Identifier: Apache-2.0
// Martlet: the arguments of `http.request`, checked.
internal import Jobs
internal import Platform

/// What to send where; every wrong argument is a permanent failure that names the field.
struct HTTPRequestArguments: Sendable {
    static let methods = ["POST", "PUT", "PATCH", "DELETE", "GET", "HEAD"]
    static let timeouts: ClosedRange<Duration> = .milliseconds(100)...(.seconds(300))

    let url: TargetURL
    let method: String
    let headers: [(name: String, value: String)]
    /// The body's bytes; empty for none.
    let body: [UInt8]
    /// The type to send unless the headers name one; nil without a body.
    let contentType: String?
    let timeout: Duration
    let secret: String?
    let expectedStatuses: Set<Int>?

    init(_ job: JobContext) throws(JobFailure) {
        let names: Set<String> = [
            "url", "method", "headers", "body", "body_text", "timeout", "secret", "expect_status",
        ]
        let fields = try ArgumentFields.read(job, allowed: names)
        guard let url = try fields.text("url", limit: TargetURL.longest) else {
            throw ArgumentFields.refusal("url", "is required")
        }
        self.url = try TargetURL(url)
        method = try fields.text("method", limit: 16)?.uppercased() ?? "POST"
        guard Self.methods.contains(method) else {
            throw ArgumentFields.refusal("method", "must be one of \(Self.methods.joined(separator: ", "))")
        }
        headers = try fields.texts("headers", limit: HeaderRules.most)
        try HeaderRules.check(headers)
        timeout = try fields.duration("timeout", in: Self.timeouts) ?? .seconds(30)
        secret = try fields.text("secret", limit: 128)
        expectedStatuses = try fields.integers("expect_status", in: 200...599, limit: 32).map(Set.init)
        (body, contentType) = try Self.body(fields, job)
        if !body.isEmpty, method == "GET" || method == "HEAD" {
            throw ArgumentFields.refusal(fields.has("body") ? "body" : "body_text", "is not allowed with \(method)")
        }
    }

    private static func body(_ fields: ArgumentFields, _ job: JobContext) throws(JobFailure) -> ([UInt8], String?) {
        let text = try fields.text("body_text", limit: JobLimits.argsBytes)
        guard fields.has("body") else {
            return (text.map { Array($0.utf8) } ?? [], text.map { _ in "text/plain; charset=utf-8" })
        }
        guard text == nil else { throw ArgumentFields.refusal("body_text", "must not be given beside body") }
        guard let body = JSONMember.bytes(of: ArgumentFields.opaque, in: job.args) else {
            throw ArgumentFields.refusal("body", "must have its name written without escapes")
        }
        return (Array(body), "application/json")
    }
}
