// SPDX-License-Identifier: Apache-2.0
// Martlet: subscribing to the status page, for everybody and for operators.

internal import HTTPTypes
internal import Health
internal import Hummingbird
internal import Logging
internal import NIOCore
internal import Platform
internal import Web

/// `/subscriptions` for everybody, `/v1/subscriptions` for operators.
struct SubscriptionRoutes: Sendable {
    /// 429: one client asks too often.
    static let tooMany = ProblemKind(
        "too-many-requests",
        .tooManyRequests,
        "Too many requests from this address",
        explanation: "Nothing was recorded. Try again after `Retry-After` seconds."
    )
    /// The largest body: 16 KiB.
    static let largest = 16_384
    private static let formType = "application/x-www-form-urlencoded"

    let engine: HealthEngine
    let desk: SubscriptionDesk
    let logger: Logger
    /// Ten at once, then one in ten seconds.
    private let asking = ClientLimiter(rate: 0.1, burst: 10)
    /// Those with what is no token: thirty at once, then one a second.
    private let guessing = ClientLimiter(rate: 1, burst: 30)
    /// Those with a token, which nobody guesses: a mail provider unsubscribes for all its users from a few addresses.
    private let answering = ClientLimiter(rate: 50, burst: 1_000)

    init(engine: HealthEngine, desk: SubscriptionDesk, logger: Logger) {
        self.engine = engine
        self.desk = desk
        self.logger = logger
    }

    func add(to routes: inout RouteTable) {
        routes.add(.get, "/subscriptions", access: .everybody) { request, _ in
            try QueryReader.refuseAll(of: request)
            let settings = engine.configuration.subscriptions
            guard settings.isOffered else { throw Self.notOffered }
            return page(.ask(settings))
        }
        routes.add(.post, "/subscriptions", access: .everybody) { request, context in
            try await ask(request, context)
        }
        let confirm = "/subscriptions/confirm/{token}"
        routes.add(.get, confirm, access: .everybody) { request, context in
            guard let token = try token(request, context), let follows = try await desk.asked(token) else {
                return page(Self.notValid)
            }
            return page(
                .question(
                    "Confirm the subscription",
                    [
                        "You will be told of incidents and maintenance of: \(follows).",
                        "If your address is subscribed already, this replaces what it follows now.",
                    ],
                    button: "Confirm"
                )
            )
        }
        routes.add(.post, confirm, access: .everybody) { request, context in try await self.confirm(request, context) }
        let one = "/subscriptions/{token}"
        routes.add(.get, one, access: .everybody) { _, _ in
            page(.question("Unsubscribe", ["Nothing more will be sent to you."], button: "Unsubscribe"))
        }
        routes.add(.post, one, access: .everybody) { request, context in
            try await leave(request, context)
            return page(.init(title: "You are unsubscribed", words: ["Nothing more will be sent to you."]))
        }
        routes.add(.delete, one, access: .everybody) { request, context in
            try await leave(request, context)
            return Response(status: .noContent)
        }
        routes.add(.get, "/v1/subscriptions") { request, _ in try await list(request) }
        routes.add(.delete, "/v1/subscriptions/{id}") { request, context in
            try QueryReader.refuseAll(of: request)
            guard let id = context.parameters.get("id").flatMap({ Int64($0) }), let kind = try await desk.remove(id)
            else { throw ProblemError(.notFound, detail: "there is no such subscriber") }
            logger.notice(
                "an operator removed a subscriber",
                metadata: ["subscriber": "\(id)", "kind": "\(kind.rawValue)"]
            )
            return Response(status: .noContent)
        }
    }

    private static var notOffered: ProblemError {
        ProblemError(.notFound, detail: "subscriptions are not offered here")
    }

    private func page(_ page: SubscriptionPage) -> Response {
        page.response(title: engine.configuration.page.title)
    }

    private func client(_ request: Request, _ context: WebContext) -> String? {
        ClientAddress.of(request, context, trusting: engine.configuration.subscriptions.trustedProxies)
    }

    /// The path's token; nil when it is none.
    private func token(_ request: Request, _ context: WebContext) throws(ProblemError) -> SubscriptionToken? {
        let token = context.parameters.get("token").flatMap { SubscriptionToken($0) }
        try limit(token == nil ? guessing : answering, request, context)
        return token
    }

    private func limit(_ limiter: ClientLimiter, _ request: Request, _ context: WebContext) throws(ProblemError) {
        guard let pause = limiter.take(client(request, context)) else { return }
        throw ProblemError(
            Self.tooMany,
            detail: "this address has asked too often",
            headers: [.retryAfter: "\(max(1, pause.components.seconds + 1))"]
        )
    }

    private func ask(_ request: Request, _ context: WebContext) async throws -> Response {
        try QueryReader.refuseAll(of: request)
        let settings = engine.configuration.subscriptions
        guard settings.isOffered else { throw Self.notOffered }
        try limit(asking, request, context)
        let (buffer, type) = try await request.payload(["application/json", Self.formType], upTo: Self.largest)
        let bytes = Array(buffer.readableBytesView)
        let isForm = type == Self.formType
        let answer: SubscriptionDesk.Answer
        do {
            let wish = isForm ? try SubscriptionBody.form(bytes) : try SubscriptionBody.json(bytes)
            answer = try await desk.ask(wish, from: client(request, context))
        } catch let error as HealthError {
            guard isForm, error.code == .invalid else { throw error }
            let reasons = error.problems.map { "\($0.path) \($0.problem); allowed: \($0.allowed)" }
            return page(.ask(settings, problem: ([error.message] + reasons).joined(separator: ". ")))
        }
        guard case .accepted(let secret, let token) = answer else {
            throw ProblemError.unavailable(
                .overloaded,
                detail: "no more subscribers are taken at the moment",
                retryAfterSeconds: 3_600
            )
        }
        if isForm { return page(.asked(secret: secret, token: token)) }
        var json = JSONWriter(capacity: 256)
        json.object { json in
            json.field("status", "accepted")
            json.field("secret", secret)
            json.field("token", token)
        }
        return .json(json, .accepted, headers: [.cacheControl: "no-store"])
    }

    private func confirm(_ request: Request, _ context: WebContext) async throws -> Response {
        let token = try token(request, context)
        _ = try await request.collect(upTo: Self.largest)
        if let token, try await desk.confirm(token) {
            return page(.init(title: "You are subscribed", words: ["Each mail has a link that ends it again."]))
        }
        return page(Self.notValid)
    }

    private static let notValid = SubscriptionPage(
        title: "This link is not valid",
        words: [
            "It was used before, or is older than 48 hours. If you have confirmed already, all is well; if not, subscribe once more."
        ],
        status: .notFound
    )

    /// Says nothing of whether there was a subscription.
    private func leave(_ request: Request, _ context: WebContext) async throws {
        let token = try token(request, context)
        _ = try await request.collect(upTo: Self.largest)
        if let token { try await desk.leave(token) }
    }

    private func list(_ request: Request) async throws -> Response {
        var query = QueryReader(request)
        let limit = query.int("limit", default: 50, in: 1...200)
        let before = query.value("before", allowed: "a `next` of this route") { Int64($0) }
        let kind = query.value("kind", allowed: "email or webhook") { SubscriptionKind(rawValue: $0) }
        try query.finish()
        let found = try await desk.subscribers(before: before, kind: kind, limit: limit)
        var json = JSONWriter(capacity: 4_096)
        json.object { json in
            json.key("subscriptions")
            json.array { json in
                for subscriber in found {
                    json.object { json in
                        json.field("id", "\(subscriber.id)")
                        json.field("kind", subscriber.kind.rawValue)
                        json.field("target", subscriber.masked)
                        json.field("checks", subscriber.checks)
                        json.field("groups", subscriber.groups)
                        json.field("confirmed_at", subscriber.confirmedAt)
                        json.field("failures", subscriber.failures)
                        json.field("suspended_at", subscriber.suspendedAt)
                    }
                }
            }
            json.field("next", found.count == limit ? found.last.map { "\($0.id)" } : nil)
        }
        return .json(json, headers: [.cacheControl: "no-store"])
    }
}
