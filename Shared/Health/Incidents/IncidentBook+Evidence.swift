// SPDX-License-Identifier: Apache-2.0
// Martlet: what decisions about incidents rest on.

extension IncidentBook {
    /// Everything that a decision rests on.
    public struct Evidence: Sendable {
        /// What is said of each check.
        public var verdicts: [String: Verdict]
        /// How each check's incidents are handled.
        public var rules: [String: IncidentRules]
        /// What rests on what.
        public var graph: DependencyGraph
        /// The checks in maintenance.
        public var maintenance: Set<String>

        /// Collects evidence.
        public init(
            verdicts: [String: Verdict],
            rules: [String: IncidentRules],
            graph: DependencyGraph,
            maintenance: Set<String> = []
        ) {
            self.verdicts = verdicts
            self.rules = rules
            self.graph = graph
            self.maintenance = maintenance
        }
    }
}
