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
        // Those that are refused in the end are so in words, in branches of their own.
        let requests =
            try ChartCase.all.map { ($0.request(), "") } + ChartProblem.all.map { (try $0.request(), $0.words) }
        for (request, words) in requests {
            var request = request
            request.chart = chart.path
            var refusal = try await helm.refusal(request)
            while let text = refusal, try chart.took(text) { refusal = try await helm.refusal(request) }
            #expect(words.isEmpty ? refusal == nil : refusal?.contains(words) == true, "\(refusal ?? "")")
        }
        #expect(chart.branches.count > 250)
        #expect(chart.untaken == [])
    }
}
