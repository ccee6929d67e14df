// SPDX-License-Identifier: Apache-2.0
// Martlet: whether a configuration can be meant to follow the one in use.

extension HealthConfiguration {
    /// Throws `configuration` for what is right by itself and would still hardly be meant: an empty file, and one without `checks`
    /// where there were some.
    ///
    /// Half a file often is a whole configuration. Taken on, it would end the incidents of all checks that it does not name yet.
    /// To have no checks is a decision when the file says so: `checks: []`.
    ///
    /// - Parameter file: The file's name for the message.
    public func check(asSuccessorOf old: HealthConfiguration, file: String) throws(HealthError) {
        let isEmpty = given.isEmpty
        guard isEmpty || old.given.contains("checks") && !given.contains("checks") else { return }
        let problem = ConfigurationProblem(
            file: file,
            line: nil,
            path: isEmpty ? "" : "checks",
            problem: isEmpty ? "it is empty" : "is missing, and the configuration in use has some",
            allowed: isEmpty ? "at least one setting" : "a list of checks; checks: [] for none"
        )
        throw HealthError(.configuration, "the health configuration has 1 mistake", problems: [problem])
    }
}
