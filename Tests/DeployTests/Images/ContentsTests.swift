// SPDX-License-Identifier: Apache-2.0
// Martlet: the list of Swift packages in an image, and the scanner that reads it.

import FoundationEssentials
import TestSupport
import Testing

@Suite("What is linked into the programs", .enabled(if: DeployTool.jq.isThere, "\(DeployTool.jq.reason)"))
struct ContentsTests {
    private static let filter = "infra/images/swift-packages.jq"
    /// As SwiftPM writes it: addresses with and without an ending, one that git's own way of writing names, one of no version.
    private static let resolved = """
        {"originHash": "0", "version": 3, "pins": [
          {"identity": "swift-nio", "kind": "remoteSourceControl", "location": "https://github.com/apple/swift-nio.git",
           "state": {"revision": "aa11", "version": "2.101.2"}},
          {"identity": "yams", "kind": "remoteSourceControl", "location": "https://github.com/jpsim/Yams",
           "state": {"revision": "bb22", "version": "6.2.2"}},
          {"identity": "own", "kind": "remoteSourceControl", "location": "git@example.com:birds/own.git",
           "state": {"revision": "cc33", "branch": "main"}}
        ]}
        """
    private static let packages = [
        "pkg:swift/example.com/birds/own@cc33", "pkg:swift/github.com/apple/swift-nio@2.101.2",
        "pkg:swift/github.com/jpsim/Yams@6.2.2",
    ]

    private func list(_ resolved: String) async throws -> DeployTool.Run {
        let folder = try RecoveryFolder()
        try Data(resolved.utf8).write(to: URL(filePath: "\(folder.path)/Package.resolved"))
        return try await DeployTool.jq.run([
            "--null-input", "--from-file", Self.filter, "\(folder.path)/Package.resolved",
        ])
    }

    @Test func eachPackageIsNamedWithItsVersion() async throws {
        let run = try await list(Self.resolved)
        try #require(run.end == .code(0), "\(run.text)")
        let list = try YAMLTree(parsing: run.text)
        #expect(list["bomFormat"].text == "CycloneDX" && list["specVersion"].text == "1.5")
        #expect(list["components"].items.compactMap { $0["purl"].text }.sorted() == Self.packages)
        let nio = list["components"].items.first { $0["name"].text == "swift-nio" }
        #expect(nio?["group"].text == "github.com/apple" && nio?["version"].text == "2.101.2")
    }

    /// An image without a list is no image.
    @Test(arguments: [#"{"pins": []}"#, #"{"pins": [{"location": "https://github.com/a/b", "state": {}}]}"#, ""])
    func nothingToListIsAFailure(_ resolved: String) async throws {
        let run = try await list(resolved)
        #expect(run.end != .code(0), "\(run.text)")
        let recipe = try Repository.text("Dockerfile")
        #expect(recipe.contains("jq --null-input --from-file /usr/local/share/swift-packages.jq Package.resolved"))
    }

    /// In the place where the recipe puts it, the scanner of the workflows finds it, and gives it on to the SBOM that is attested.
    @Test(.enabled(if: DeployTool.trivy.isThere, "\(DeployTool.trivy.reason)"))
    func theScannerReadsIt() async throws {
        let recipe = try Repository.text("Dockerfile")
        let place = try #require(recipe.firstMatch(of: />"\/programs\/\$product(\/[^"]+)"/)).1
        let files = try RecoveryFolder()
        let path = "\(files.path)/files\(place)"
        let parent = URL(filePath: path).deletingLastPathComponent()
        try FileManager.default.createDirectory(at: parent, withIntermediateDirectories: true)
        try Data(try await list(Self.resolved).text.utf8).write(to: URL(filePath: path))
        let output = "\(files.path)/sbom.json"
        let run = try await DeployTool.trivy.run([
            "rootfs", "--quiet", "--skip-version-check", "--format", "spdx-json", "--output", output,
            "\(files.path)/files",
        ])
        try #require(run.end == .code(0), "\(run.text)")
        let found = try String(contentsOfFile: output, encoding: .utf8)
        for package in Self.packages { #expect(found.contains("\"\(package)\""), "\(package)") }
    }

    /// The scan of what a build resolves: its file is one that the scanner knows.
    @Test(.enabled(if: DeployTool.trivy.isThere, "\(DeployTool.trivy.reason)"))
    func theScannerReadsWhatABuildResolves() async throws {
        let steps = try Workflow.named("security").tree["jobs.packages.steps"].items
        let resolve = try #require(steps.first { $0["name"].text == "Resolve them as a build does" }?["run"].text)
        #expect(resolve.hasSuffix(" swift package resolve"))
        let scan = try #require(steps.first { $0["with.scan-type"].text == "fs" })
        let folder = try RecoveryFolder()
        let file = try #require(scan["with.scan-ref"].text)
        try Data(Self.resolved.utf8).write(to: URL(filePath: "\(folder.path)/\(file)"))
        let run = try await DeployTool.trivy.run(
            ["fs", "--quiet", "--skip-version-check", "--format", "cyclonedx", file],
            in: folder.path
        )
        #expect(run.end == .code(0), "\(run.text)")
        for package in Self.packages.dropFirst() { #expect(run.text.contains("\"\(package)\""), "\(run.text)") }
    }
}
