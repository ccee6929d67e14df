// SPDX-License-Identifier: Apache-2.0
// Martlet: what somebody asks for who wants to be told, and whether that can be.

internal import Platform

/// What somebody asks for who wants to be told.
public struct SubscriptionWish: Sendable, Equatable {
    /// The most checks and groups of one subscription.
    static let mostNames = 100

    /// The way.
    public var kind: SubscriptionKind
    /// A mail address or a URL.
    public var target: String
    /// The checks to follow; with none and no groups either, everything.
    public var checks: [String]
    /// The groups to follow.
    public var groups: [String]

    /// Asks for something.
    public init(_ kind: SubscriptionKind, _ target: String, checks: [String] = [], groups: [String] = []) {
        self.kind = kind
        self.target = target
        self.checks = checks
        self.groups = groups
    }

    /// What is followed, for people; names of the page where it has them.
    func words(by configuration: HealthConfiguration) -> String {
        guard !checks.isEmpty || !groups.isEmpty else { return "everything on the page" }
        let shown = configuration.checks.filter(\.isPublic)
        let names = checks.map { id in shown.first { $0.id == id }.map(\.name) ?? id } + groups.map { "group \($0)" }
        let rest = names.count - 20
        return names.prefix(20).map { $0.singleLine(bytes: 100) }.joined(separator: ", ")
            + (rest > 0 ? " and \(rest) more" : "")
    }

    /// The host of a webhook that was checked; nil for a mail address.
    var host: String? { kind == .webhook ? SubscriberPost.host(of: target) : nil }

    /// The wish in its one spelling and what makes two targets the same; throws `invalid` with everything that is wrong.
    ///
    /// No name is looked up: who asks must not learn from the answer which hosts there are inside.
    func checked(by configuration: HealthConfiguration) throws(HealthError) -> (wish: SubscriptionWish, key: String) {
        var problems: [ConfigurationProblem] = []
        func report(_ path: String, _ problem: String, _ allowed: String) {
            problems.append(ConfigurationProblem(file: "request", path: path, problem: problem, allowed: allowed))
        }
        var wish = self
        var key = ""
        if !configuration.subscriptions.offers(kind) {
            let offered = SubscriptionKind.allCases.filter(configuration.subscriptions.offers).map(\.rawValue)
            report(kind.rawValue, "is not offered here", offered.isEmpty ? "nothing" : offered.joined(separator: ", "))
        } else {
            switch kind {
            case .email:
                do throws(NotificationError) { key = try EmailAddress(target).address.lowercased() } catch {
                    report(kind.rawValue, "is no e-mail address", "\(error.message)")
                }
            case .webhook:
                do throws(TargetURL.Refusal) {
                    wish.target = try Self.url(target, configuration.subscriptions.webhooks)
                    key = wish.target
                } catch {
                    report(kind.rawValue, error.reason, "an https address that takes a POST")
                }
            }
        }
        let shown = configuration.checks.filter(\.isPublic)
        Self.compare(checks, with: Set(shown.map(\.id)), "checks", "a check of the status page", report)
        Self.compare(groups, with: Set(shown.compactMap(\.group)), "groups", "a group of the status page", report)
        wish.checks = Set(checks).sorted()
        wish.groups = Set(groups).sorted()
        guard problems.isEmpty else { throw HealthError(.invalid, "this can't be subscribed", problems: problems) }
        return (wish, key)
    }

    /// The one spelling of a URL that may be told; an address that stands in it is vetted, a name when it is connected to.
    private static func url(_ text: String, _ settings: SubscriptionSettings.Webhooks?) throws(TargetURL.Refusal)
        -> String
    {
        let url = try TargetURL(reading: text)
        let settings = settings ?? .init()
        guard url.origin.isSecure || settings.allowsClear else { throw .init(reason: "must start with https://") }
        let literal = url.origin.literal.map { [$0] } ?? []
        if !literal.isEmpty,
            let reason = settings.policy.refusal(of: literal, host: url.origin.host, port: url.origin.port)
        {
            throw .init(reason: reason)
        }
        return url.text
    }

    private static func compare(
        _ names: [String],
        with known: Set<String>,
        _ path: String,
        _ allowed: String,
        _ report: (String, String, String) -> Void
    ) {
        if names.count > mostNames { return report(path, "are \(names.count)", "at most \(mostNames)") }
        for (index, name) in names.enumerated() where !known.contains(name) {
            report("\(path).\(index)", "is not shown here", allowed)
        }
    }
}
