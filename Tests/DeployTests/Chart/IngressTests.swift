// SPDX-License-Identifier: Apache-2.0
// Martlet: that what stands before the API lets through what the API takes.

import TestSupport
import Testing

@Suite("Ingresses of the chart", .enabled(if: DeployTool.helm.isThere, "\(DeployTool.helm.reason)"))
struct IngressTests {
    /// The controller of nginx allows a minute and 1 MiB by itself: docs/api.md promises more.
    @Test(arguments: ["staging", "prod"])
    func longPollsAndBatchesGetThrough(_ name: String) async throws {
        let ingress = try await ChartCase.named(name).rendering.one("Ingress/rel-martlet-api")
        #expect(ingress["spec.ingressClassName"].text == "nginx")
        let prefix = "nginx.ingress.kubernetes.io"
        let seconds = try #require(ingress.annotations["\(prefix)/proxy-read-timeout"].flatMap { Int($0) })
        #expect(seconds > 60)
        let body = try #require(ingress.annotations["\(prefix)/proxy-body-size"])
        #expect(try Repository.text("docs/api.md").contains("10,000 jobs or 16 MiB"))
        #expect(body.hasSuffix("m") && (Int(body.dropLast()) ?? 0) >= 16, "\(body)")
    }
}
