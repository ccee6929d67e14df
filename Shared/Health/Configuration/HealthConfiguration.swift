// SPDX-License-Identifier: Apache-2.0
// Martlet: everything that the configuration file says.

internal import Platform

/// A configuration that is right.
public struct HealthConfiguration: Sendable {
    /// How the status page presents itself.
    public struct Page: Sendable, Equatable {
        /// The title; default `Martlet`.
        public var title = "Martlet"
        /// A sentence below it.
        public var description = ""
        /// `auto`, `light`, `dark` or `contrast`.
        public var theme = "auto"
        /// Where people see the page; links in notifications lead there.
        public var url: String?
        /// Where people get help.
        public var supportURL: String?
    }

    /// A group of checks.
    public struct Group: Sendable, Equatable {
        /// Its identifier.
        public var id: String
        /// Its name for people.
        public var name: String
        /// How its state follows from its checks'.
        public var rule: GroupRule

        /// Describes a group.
        public init(id: String, name: String, rule: GroupRule) {
            self.id = id
            self.name = name
            self.rule = rule
        }
    }

    /// The settings at the top of the file that hold something, such as `checks`; an empty list is something.
    var given: Set<String> = []
    /// The status page.
    public var page = Page()
    /// Who may subscribe to the status page.
    public var subscriptions = SubscriptionSettings()
    /// How often backups and drills are due.
    public var backups = BackupRules()
    /// The checks, in the order of the file.
    public var checks: [CheckDefinition] = []
    /// The groups, in the order of the file; those that only checks name follow.
    public var groups: [Group] = []
    /// The maintenance windows of the file.
    public var maintenance: [MaintenanceWindow] = []
    /// Those who are told.
    var receivers: [Receiver] = []
    /// Who is told what.
    var policy: NotificationPolicy
    /// The objectives.
    public var objectives: [ObjectiveDefinition] = []
    /// The tokens that heartbeats must bear, by the name they report under; nil for none.
    var heartbeats: [String: Secret?] = [:]
    /// Whether an Alertmanager may send alerts, and the token that it must bear; nil for none.
    var takesAlerts = false
    var alertToken: Secret?
}
