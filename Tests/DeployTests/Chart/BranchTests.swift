// SPDX-License-Identifier: Apache-2.0
// Martlet: that the cases of these tests reach everything in the templates.

import TestSupport
import Testing

@Suite("Branches of the chart's templates", .enabled(if: DeployTool.helm.isThere, "\(DeployTool.helm.reason)"))
struct BranchTests {
    @Test
    func eachIsTakenBySomeCase() async throws {
        var chart = try MarkedChart()
        let helm = try await Helm.shared.value
        var requests = ChartCase.all.map { $0.request() }
        requests += try ChartProblem.all.map { try $0.request() }
        for var request in requests {
            request.chart = chart.path
            while let refusal = try await helm.refusal(request), try chart.took(refusal) {}
        }
        #expect(chart.branches.count > 250)
        #expect(chart.untaken == [])
    }
}
