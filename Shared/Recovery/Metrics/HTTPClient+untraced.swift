// SPDX-License-Identifier: Apache-2.0
// Martlet: the HTTP client of what a run reports.
package import AsyncHTTPClient

extension HTTPClient {
    /// For the whole process, and as long as it lives; without spans of its own, which would show whole addresses.
    package static let untraced = HTTPClient(
        eventLoopGroupProvider: .singleton,
        configuration: {
            var configuration = HTTPClient.Configuration.singletonConfiguration
            configuration.tracing.tracer = nil
            return configuration
        }()
    )
}
