// SPDX-License-Identifier: Apache-2.0
// Martlet: what `check` says of a bucket's lifecycle rules, which are set by AWS' own library.

import TestSupport
import Testing

@Suite(
    "martlet-backup check and a bucket's rules",
    .timeLimit(.minutes(5)),
    .enabled(if: BackupScene.obstacle == nil, "\(BackupScene.obstacle ?? "")"),
    .enabled(if: ClusterMoto.program != nil, "\(ClusterMoto.reason)"),
    .enabled(if: PythonPrograms.find("python") != nil, "no Python with boto3; ./dev test installs it")
)
struct BucketProgramTests {
    /// A bucket with versions; its rules are replaced by each call.
    private static let script = """
        import json, sys, boto3
        endpoint, bucket, rules = sys.argv[1:]
        s3 = boto3.client("s3", endpoint_url=endpoint, region_name="us-east-1", aws_access_key_id="AKIDEXAMPLE", aws_secret_access_key="test")
        s3.create_bucket(Bucket=bucket)
        s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
        if rules: s3.put_bucket_lifecycle_configuration(Bucket=bucket, LifecycleConfiguration=json.loads(rules))
        """

    private static func rule(_ name: String, _ effect: String, prefix: String = "martlet/") -> String {
        #"{"Rules": [{"ID": "\#(name)", "Status": "Enabled", "Filter": {"Prefix": "\#(prefix)"}, \#(effect)}]}"#
    }

    /// The rules that the handbook shows.
    private static func documented() throws -> String {
        let page = BackupScene.text(of: "\(Repository.root)/docs/configuration.md")
        let start = try #require(page.firstRange(of: "### Lifecycle rules\n"))
        let block = try #require(page[start.upperBound...].firstRange(of: "```json\n"))
        return String(page[block.upperBound...].prefix { $0 != "`" })
    }

    @Test func rulesThatWouldRemoveBackupsAreAProblem() async throws {
        try await BackupScene.with { scene, server in
            let endpoint = try await ClusterMoto.shared.value.endpoint
            let bucket = "rules-\(UInt32.random(in: 0 ... .max))"
            let settings = [
                "MARTLET_BACKUP_STORES": "s3://\(bucket)/martlet?endpoint=\(endpoint)", "DATABASE_URL": server.url,
                "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": "test",
            ]
            for (rules, code, word) in [
                ("", 0, "as old versions, without end"),
                (try Self.documented(), 0, "the bucket removes nothing by itself, and ends old versions"),
                (
                    Self.rule("tidy", #""Expiration": {"Days": 30}"#), 79,
                    "the lifecycle rule tidy removes objects after 30 days, whatever a restore needs"
                ),
                (Self.rule("all", #""Expiration": {"Days": 1}"#, prefix: ""), 79, "the lifecycle rule all removes"),
                (
                    Self.rule("log", #""Expiration": {"Days": 1}"#, prefix: "martlet/7"), 79,
                    "the lifecycle rule log removes"
                ),
                (Self.rule("other", #""Expiration": {"Days": 1}"#, prefix: "logs/"), 0, "without end"),
                (
                    Self.rule("cold", #""Transitions": [{"Days": 90, "StorageClass": "GLACIER"}]"#), 0,
                    "the lifecycle rule cold moves objects to GLACIER after 90 days"
                ),
                (Self.rule("warm", #""Transitions": [{"Days": 90, "StorageClass": "STANDARD_IA"}]"#), 0, "without end"),
            ] as [(String, Int32, String)] {
                try await Self.set(rules, endpoint, bucket, scene)
                expect(code, word, try await scene.run("check", with: settings))
            }
        }
    }

    private static func set(_ rules: String, _ endpoint: String, _ bucket: String, _ scene: BackupScene) async throws {
        let python = try #require(PythonPrograms.find("python"))
        let log = "\(scene.path)/boto.log"
        let end = try await ClusterProcess.run(
            python,
            [python, "-c", script, endpoint, bucket, rules],
            environment: ["PATH": "/usr/bin:/bin", "HOME": scene.path],
            log: log,
            within: .seconds(60)
        )
        try #require(end == .code(0), "\(BackupScene.text(of: log))")
    }
}
