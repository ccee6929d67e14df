// SPDX-License-Identifier: Apache-2.0
// Martlet: what everybody may see: the status, incidents, feeds and badges.

internal import HTTPTypes
internal import Health
internal import Hummingbird
internal import NIOCore
internal import Platform
internal import Web

/// The public routes. The status is written once for each change, and lent to all who ask.
struct PublicRoutes: Sendable {
    let engine: HealthEngine
    private let keptStatus = ChangingAnswer()
    private let keptPlain = ChangingAnswer()
    private let history: HistoryText

    init(engine: HealthEngine) {
        self.engine = engine
        history = HistoryText(engine.uptimes)
    }

    func add(to routes: inout RouteTable) {
        routes.add(.get, "/", access: .everybody) { request, _ in
            guard Self.isPlain(request) else { return try PageRoutes.file("status.html", request) }
            return plainStatus(request)
        }
        routes.add(.get, "/status.json", access: .everybody, isQuiet: true) { request, _ in status(request) }
        routes.add(.get, "/incidents.json", access: .everybody) { request, _ in try await incidents(request) }
        routes.add(.get, "/incidents/{id}", access: .everybody) { request, context in
            try await incident(request, context)
        }
        routes.add(.get, "/feed.rss", access: .everybody) { request, _ in try await feed(.rss, request) }
        routes.add(.get, "/feed.atom", access: .everybody) { request, _ in try await feed(.atom, request) }
        routes.add(.get, "/feed.json", access: .everybody) { request, _ in try await feed(.json, request) }
        routes.add(.get, "/badges/{check}/{kind}", access: .everybody) { request, context in try badge(request, context)
        }
    }

    private var shown: Set<String> { Set(engine.configuration.checks.filter(\.isPublic).map(\.id)) }

    private func status(_ request: Request) -> Response {
        answer(keptStatus, request) { document, tag in
            StoredAnswer(
                body: document.write().buffer,
                type: "application/json",
                tag: tag,
                headers: [.cacheControl: "no-cache", .accessControlAllowOrigin: "*"],
                level: 4
            )
        }
    }

    /// Browsers without scripts are led here by the page itself.
    private func plainStatus(_ request: Request) -> Response {
        answer(keptPlain, request) { document, tag in
            let page = PlainPage(document: document, uptimes: engine.uptimes)
            return StoredAnswer(
                body: ByteBuffer(string: page.html),
                type: "text/html; charset=utf-8",
                tag: tag,
                headers: PageRoutes.headers,
                level: 4
            )
        }
    }

    private static func isPlain(_ request: Request) -> Bool { request.uri.queryParameters["plain"] != nil }

    private func answer(
        _ kept: ChangingAnswer,
        _ request: Request,
        write: (StatusDocument, _ tag: String) -> StoredAnswer
    ) -> Response {
        // This much for each question; the document itself only when something changed.
        let (picture, now) = (engine.judge.picture, Timestamp.now())
        // The bars of today grow; the minute counts too. Until all days were read, each reading does.
        let minute = now.microseconds / 60_000_000
        let days = engine.uptimes.isComplete ? -1 : engine.uptimes.revision
        let moment = "\(engine.revision)-\(minute)-\(days)"
        return kept.current(
            "\(picture.revision)-\(moment)",
            mark: { "\(document(picture, now).mark)-\(moment)" },
            write: { tag in write(document(picture, now), tag) }
        ).response(to: request)
    }

    private func document(_ picture: Judge.Picture, _ now: Timestamp) -> StatusDocument {
        StatusDocument(
            configuration: engine.configuration,
            picture: picture,
            history: history,
            windows: engine.calendar.windows(at: now),
            backups: engine.configuration.backups.isPublic ? engine.backups(at: now).first : nil,
            now: now
        )
    }

    private func incidents(_ request: Request) async throws -> Response {
        var query = QueryReader(request)
        let limit = query.int("limit", default: 50, in: 1...200)
        let before = query.value("before", allowed: "an incident's id") { Int64($0) }
        try query.finish()
        let found = try await read(before, limit)
        let shown = shown
        var json = JSONWriter(capacity: 4_096)
        json.object { json in
            json.key("incidents")
            json.array { json in
                for incident in found where shown.contains(incident.check) {
                    incident.write(to: &json, isPublic: true, shown: shown.contains)
                }
            }
            json.field("next", found.count == limit ? found.last.map { "\($0.id)" } : nil)
        }
        return .json(json)
    }

    /// What the ledger has, or, while it does not answer, what is known here.
    private func read(_ before: Int64?, _ limit: Int) async throws(HealthError) -> [Incident] {
        do throws(HealthError) { return try await engine.store.incidents(before: before, limit: limit) } catch {
            guard error.code == .ledgerUnavailable, before == nil else { throw error }
            return Array(engine.judge.picture.incidents.prefix(limit))
        }
    }

    /// The page of an incident, or, with `.json`, the incident.
    private func incident(_ request: Request, _ context: WebContext) async throws -> Response {
        guard let name = context.parameters.get("id"), name.hasSuffix(".json") else {
            if Self.isPlain(request) { return try await plainIncident(context) }
            return try PageRoutes.file("incident.html", request)
        }
        let shown = shown
        guard let id = Int64(name.dropLast(5)), let incident = try await find(id), shown.contains(incident.check) else {
            throw ProblemError(.notFound, detail: "there is no such incident")
        }
        var json = JSONWriter(capacity: 2_048)
        incident.write(to: &json, isPublic: true, shown: shown.contains)
        return .json(json)
    }

    private func plainIncident(_ context: WebContext) async throws -> Response {
        let page = PlainPage(document: document(engine.judge.picture, .now()), uptimes: engine.uptimes)
        let id = context.parameters.get("id").flatMap { Int64($0) }
        guard let id, let incident = try await find(id), shown.contains(incident.check) else {
            return .bytes(
                Array(page.missing.utf8),
                type: "text/html; charset=utf-8",
                .notFound,
                headers: PageRoutes.headers
            )
        }
        return .bytes(
            Array(page.html(of: incident).utf8),
            type: "text/html; charset=utf-8",
            headers: PageRoutes.headers
        )
    }

    /// An open incident is known here even while the ledger is not reached.
    private func find(_ id: Int64) async throws(HealthError) -> Incident? {
        if let open = engine.judge.picture.incidents.first(where: { $0.id == id }) { return open }
        return try await engine.store.incident(id)
    }

    private func feed(_ format: IncidentFeed.Format, _ request: Request) async throws -> Response {
        let shown = shown
        let found = try await read(nil, 50).filter { shown.contains($0.check) }
        let page = engine.configuration.page
        let feed = IncidentFeed(title: page.title, base: page.url, incidents: found)
        return .bytes(Array(feed.text(format).utf8), type: format.contentType, headers: [.cacheControl: "max-age=30"])
    }

    private func badge(_ request: Request, _ context: WebContext) throws -> Response {
        guard let id = context.parameters.get("check"), let kind = context.parameters.get("kind"),
            kind.hasSuffix(".svg"),
            let badge = Badge(kind: String(kind.dropLast(4)), of: id, engine)
        else { throw ProblemError(.notFound, detail: "there is no such badge: status, latency, 24h, 7d, 30d or 90d") }
        return .bytes(
            Array(badge.svg.utf8),
            type: "image/svg+xml",
            headers: [.cacheControl: "max-age=30", .xContentTypeOptions: "nosniff"]
        )
    }
}
