// SPDX-License-Identifier: Apache-2.0
// Martlet: subscribers of real aggregators: asked, told what happens, and told once though the one who leads is killed.

import TestSupport
import Testing

extension Faults {
    @Suite struct SubscriptionTests {
        private static let subscribers = 700

        @Test func subscribersAreToldOnceThoughTheLeaderIsKilled() async throws {
            try await Faults.run("health: subscribers and a killed leader", FaultSeed.all[0]) { cluster, _, _ in
                let scene = try await HealthScene.begin(cluster, aggregators: 2)
                let hook = try ClusterReceiver()
                do {
                    let line = try await Self.walk(scene, hook)
                    await Self.end(scene, hook)
                    return line
                } catch {
                    let seen = "received \(hook.received.count), open: \(await scene.open())"
                    await Self.end(scene, hook)
                    throw ClusterFailure("\(error); \(seen)")
                }
            }
        }

        /// With one worker for all, 300 webhooks that hang made operators wait for 13 s.
        @Test func operatorsAreToldWhileWebhooksHang() async throws {
            try await Faults.run("health: webhooks that hang", FaultSeed.all[0]) { cluster, _, _ in
                let scene = try await HealthScene.begin(cluster)
                let hook = try ClusterReceiver(isSilent: true)
                do {
                    let line = try await Self.hang(scene, hook)
                    await Self.end(scene, hook)
                    return line
                } catch {
                    await Self.end(scene, hook)
                    throw error
                }
            }
        }

        private static func hang(_ scene: HealthScene, _ hook: ClusterReceiver) async throws -> String {
            let database = scene.cluster.postgres
            let target = "'http://127.0.0.1:\(hook.port)/' || n"
            try await database.rows(
                """
                INSERT INTO health_subscriber (kind, target, target_key, checks, groups, token, secret)
                SELECT 'webhook', \(target), \(target), '{}', '{}', sha256(n::text::bytea), 'whsec_' || encode(sha256(n::text::bytea), 'base64')
                FROM generate_series(1, 300) n
                """
            )
            await scene.cluster.apis[0].kill()
            try await eventually("all are to be told") {
                try await database.number(
                    "SELECT count(*) FROM job JOIN job_live USING (id) WHERE kind = 'health.tell'"
                ) >= 300
            }
            try await eventually("operators are told of it") {
                scene.told.contains { $0.hasPrefix("opened api") }
            }
            // The worker of webhooks has its hands full: what finds no place is put off, which without places of their own nothing is.
            try await eventually("webhooks that find no place are put off") {
                try await database.number(
                    "SELECT count(*) FROM job JOIN job_live USING (id) WHERE kind = 'health.tell' AND state = 0"
                ) >= 64
            }
            var test = ClusterRequest.get("/v1/receivers/people/test")
            test.method = "POST"
            let start = ContinuousClock.now
            let answer = try await test.reply(from: scene.ports[0])
            try demand(answer.status == 202, "the answer was \(answer)")
            try await eventually("the operator's notification comes") {
                scene.told.contains { $0.hasPrefix("test") }
            }
            let wait = ContinuousClock.now - start
            try demand(wait < .seconds(8), "operators waited for \(wait)")
            try await scene.cluster.apis[0].start()
            return "operators waited for \(wait)"
        }

        private static func end(_ scene: HealthScene, _ hook: ClusterReceiver) async {
            await scene.end()
            hook.end()
            _ = try? await scene.cluster.postgres.rows("TRUNCATE health_subscriber, health_announcement")
        }

        private static func walk(_ scene: HealthScene, _ hook: ClusterReceiver) async throws -> String {
            let database = scene.cluster.postgres
            // Steps of other tests' incidents are nobody's here.
            try await database.rows("TRUNCATE health_subscriber, health_announcement")
            var wish = ClusterRequest.get("/subscriptions")
            wish.method = "POST"
            wish.body = "{\"webhook\":\"http://127.0.0.1:\(hook.port)/asked\"}"
            let answer = try await wish.reply(from: scene.ports[0])
            try demand(answer.status == 202 && answer.body.contains("whsec_"), "the answer was \(answer)")
            try await eventually("it is challenged") {
                hook.received.contains { $0.contains("\"type\":\"subscription.challenge\"") }
            }
            let target = "'http://127.0.0.1:\(hook.port)/' || n"
            try await database.rows(
                """
                INSERT INTO health_subscriber (kind, target, target_key, checks, groups, token, secret)
                SELECT 'webhook', \(target), \(target), '{}', '{}', sha256(n::text::bytea), 'whsec_' || encode(sha256(n::text::bytea), 'base64')
                FROM generate_series(1, \(subscribers)) n
                """
            )
            await scene.cluster.apis[0].kill()
            try await eventually("the first is told") { hook.told > 0 }
            try await eventually("somebody leads and is killed") {
                guard let leader = try await scene.leader() else { return false }
                await scene.processes[leader].kill()
                return true
            }
            try await eventually("all are told") { hook.paths("incident.opened").count == subscribers }
            try await scene.cluster.apis[0].start()
            try await eventually("all are told of the end") { hook.paths("incident.resolved").count == subscribers }
            // One job for each and step, whoever made it; what a killed worker had sent and not recorded came twice, with one `webhook-id`.
            let steps = try await database.number("SELECT count(*) FROM health_announcement WHERE document IS NOT NULL")
            let jobs = try await database.number("SELECT count(*) FROM job WHERE kind = 'health.tell'")
            try demand(steps >= 2 && jobs == subscribers * steps, "\(jobs) jobs for \(steps) steps")
            let ids = Set(hook.all.compactMap(\.id).filter { $0.hasPrefix("incident-") }).count
            try demand(ids == subscribers * steps, "\(ids) messages for \(steps) steps")
            return "\(hook.told) requests, \(ids) messages"
        }
    }
}

extension ClusterReceiver {
    /// How many messages came that are no challenges.
    fileprivate var told: Int { received.count { $0.contains("\"type\":\"incident.") } }

    /// Who got a message of a type.
    fileprivate func paths(_ type: String) -> Set<String> {
        let bodies = all.filter { String(decoding: $0.body, as: UTF8.self).contains("\"type\":\"\(type)\"") }
        return Set(bodies.map { String($0.head.prefix { !$0.isNewline }) })
    }
}

extension ClusterReceiver.Request {
    /// The message's identifier.
    fileprivate var id: String? {
        head.firstRange(of: "webhook-id: ").map { String(head[$0.upperBound...].prefix { !$0.isNewline }) }
    }
}
