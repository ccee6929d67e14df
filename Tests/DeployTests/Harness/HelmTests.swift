// SPDX-License-Identifier: Apache-2.0
// Martlet: that the tests really speak with Helm.

import FoundationEssentials
import TestSupport
import Testing

@Suite("Helm itself", .enabled(if: DeployTool.helm.isThere, "\(DeployTool.helm.reason)"))
struct HelmTests {
    @Test(arguments: Helm.Version.allCases)
    func valuesReachTemplatesAndRefusalsReachUs(_ version: Helm.Version) async throws {
        let folder = try RecoveryFolder()
        let chart = folder.path
        try FileManager.default.createDirectory(atPath: "\(chart)/templates", withIntermediateDirectories: true)
        try Data("apiVersion: v2\nname: small\nversion: 0.1.0\n".utf8).write(to: URL(filePath: "\(chart)/Chart.yaml"))
        let template = """
            {{- if gt (int .Values.count) 3 }}{{ fail "no more than 3" }}{{ end }}
            apiVersion: v1
            kind: ConfigMap
            metadata: {name: {{ .Release.Name }}-small, labels: {version: {{ .Capabilities.KubeVersion.Version }}}}
            data: {camelCase: {{ .Values.some.camelCase | quote }}}
            """
        try Data(template.utf8).write(to: URL(filePath: "\(chart)/templates/a.yaml"))
        let helm = try await Helm.shared.value
        var request = Helm.Request(helmVersion: version.rawValue, chart: chart)
        request.values = HelmValue("some.camelCase", "yes").merged(["count": 3])
        let objects = try await helm.objects(request)
        #expect(objects.map(\.description) == ["ConfigMap/rel-small"])
        #expect(objects.first?["data.camelCase"].text == "yes")
        #expect(objects.first?.labels == ["version": "v1.31.2"])
        request.values = ["count": 4]
        #expect(try await helm.refusal(request)?.contains("no more than 3") == true)
    }
}
