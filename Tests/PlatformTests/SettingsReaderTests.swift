// SPDX-License-Identifier: Apache-2.0
// Martlet: settings: precedence, every problem at once, secrets, unknown names.
import Testing

@testable import Platform

@Suite struct SettingsReaderTests {
    private func reader(_ arguments: [String] = [], _ environment: [String: String] = [:]) -> SettingsReader {
        SettingsReader(arguments: ["martlet"] + arguments, environment: environment)
    }

    private func problems(_ reader: SettingsReader) -> [SettingProblem] {
        do throws(PlatformError) { try reader.finish() } catch { return error.problems }
        return []
    }

    @Test func commandLineBeatsEnvironmentBeatsFileBeatsDefault() throws {
        let folder = try TemporaryFolder()
        let file = try folder.write("m.yaml", "app_port: 1\nlog:\n  level: debug\nmartlet.a: 1\nmartlet:\n  b-c: 2\n")
        let config = reader(["--app-port", "3"], ["APP_PORT": "2", "MARTLET_CONFIG": file, "MARTLET_B_C": "9"])
        #expect(config.int("APP_PORT", default: 0) == 3)
        #expect(config.int("MARTLET_B_C", default: 0) == 9)
        #expect(config.int("MARTLET_A", default: 0) == 1)
        #expect(config.string("LOG_LEVEL", default: "x") == "debug")
        #expect(config.int("MARTLET_D", default: 4) == 4)
        try config.finish()
        let text = config.describe()
        #expect(text.contains("APP_PORT = 3  (command line"))
        #expect(text.contains("MARTLET_B_C = 9  (environment"))
        #expect(text.contains("MARTLET_A = 1  (file"))
        #expect(text.contains("MARTLET_D = 4  (default"))
    }

    @Test func readsEveryType() throws {
        enum Mode: String, CaseIterable { case fast, safe }
        let config = reader(
            ["--martlet-flag", "--martlet-list", "a,b", "c", "--martlet-url=postgres://one,two/db"],
            ["MARTLET_D": "PT1M", "MARTLET_B": "64KiB", "MARTLET_M": "SAFE", "MARTLET_F": "0.25", "MARTLET_EMPTY": ""]
        )
        #expect(config.bool("MARTLET_FLAG", default: false))
        #expect(config.list("MARTLET_LIST", default: []) == ["a", "b", "c"])
        #expect(config.url("MARTLET_URL", default: "", schemes: ["postgres"]) == "postgres://one,two/db")
        #expect(config.duration("MARTLET_D", default: .zero) == .seconds(60))
        #expect(config.byteCount("MARTLET_B", default: ByteCount(0)) == .kibibytes(64))
        #expect(config.choice("MARTLET_M", default: Mode.fast) == .safe)
        #expect(config.double("MARTLET_F", default: 0, in: 0...1) == 0.25)
        #expect(config.string("MARTLET_EMPTY", default: "unset") == "unset")
        try config.finish()
    }

    @Test func reportsEveryProblemAtOnce() throws {
        let config = reader(
            ["--app-port", "http", "--nonsense"],
            [
                "LOG_LEVEL": "loud", "MARTLET_WAIT": "soon", "MARTLET_SIZE": "12 cows",
                "DATABASE_URL": "mysql://u:hunter2@h/d",
                "MARTLET_SHUTDOWN_TIMOUT": "3", "MARTLET_PERCENT": "101",
            ]
        )
        #expect(config.int("APP_PORT", default: 8080, in: 0...65535) == 8080)
        _ = LoggingSettings(config)
        _ = ShutdownSettings(config)
        _ = config.duration("MARTLET_WAIT", default: .seconds(1))
        _ = config.byteCount("MARTLET_SIZE", default: ByteCount(1))
        _ = config.int("MARTLET_PERCENT", default: 1, in: 0...100)
        _ = config.requiredURL("DATABASE_URL", schemes: ["postgres", "postgresql"])
        _ = config.requiredString("MARTLET_NAME")
        let found = problems(config)
        #expect(
            Set(found.map(\.key)) == [
                "APP_PORT", "LOG_LEVEL", "MARTLET_WAIT", "MARTLET_SIZE", "MARTLET_PERCENT", "DATABASE_URL",
                "MARTLET_NAME",
                "MARTLET_SHUTDOWN_TIMOUT", "--nonsense",
            ]
        )
        let text = PlatformError.configuration(found).description
        #expect(text.contains("APP_PORT: \"http\" (command line) is not valid; allowed: a whole number in 0...65535"))
        #expect(text.contains("allowed: trace, debug, info, notice, warning, error, critical"))
        #expect(text.contains("did you mean MARTLET_SHUTDOWN_TIMEOUT?"))
        #expect(!text.contains("hunter2"))
    }

    @Test func secretsComeFromEnvironmentOrFileAndAreNeverShown() throws {
        let folder = try TemporaryFolder()
        let file = try folder.write("key", "  s3cr3t-file\n\n")
        let config = reader([], ["MARTLET_KEY": "s3cr3t-env", "MARTLET_TOKEN_FILE": file])
        #expect(config.secret("MARTLET_KEY")?.reveal() == "s3cr3t-env")
        #expect(config.requiredSecret("MARTLET_TOKEN").reveal() == "s3cr3t-file")
        #expect(config.secret("MARTLET_OTHER") == nil)
        try config.finish()
        let text = config.describe()
        #expect(!text.contains("s3cr3t"))
        #expect(text.contains("MARTLET_TOKEN = <redacted>  (secret file"))
        #expect(
            "\(Secret("x1"))\(String(reflecting: Secret("x1")))\(dump(Secret("x1")).description)".contains("x1")
                == false
        )
    }

    @Test func secretsAreRefusedWhereOthersCouldReadThem() throws {
        let folder = try TemporaryFolder()
        let file = try folder.write("m.yaml", "martlet:\n  token: s3cr3t\n")
        let config = reader(
            ["--martlet-key=s3cr3t", "--config", file, "--database-url", "postgres://u:s3cr3t@h/d"],
            [:]
        )
        _ = config.secret("MARTLET_KEY")
        _ = config.secret("MARTLET_TOKEN")
        _ = config.url("DATABASE_URL", schemes: ["postgres"])
        let found = problems(config)
        #expect(Set(found.map(\.key)) == ["MARTLET_KEY", "MARTLET_TOKEN", "DATABASE_URL"])
        #expect(!"\(found)\(config.describe())".contains("s3cr3t"))
    }

    @Test func aMissingSecretFileIsAProblem() {
        let config = reader(
            [],
            ["MARTLET_KEY_FILE": "/nonexistent/key", "MARTLET_TWO": "a", "MARTLET_TWO_FILE": "/dev/null"]
        )
        _ = config.secret("MARTLET_KEY")
        _ = config.secret("MARTLET_TWO")
        #expect(Set(problems(config).map(\.key)) == ["MARTLET_KEY_FILE", "MARTLET_TWO"])
    }

    @Test func redactsPasswordsInURLs() {
        #expect(
            SettingURL.redacted("postgres://u:p:w@h1,h2:5/d?sslmode=require")
                == "postgres://u:***@h1,h2:5/d?sslmode=require"
        )
        #expect(SettingURL.redacted("postgres://h/d?user=a&password=p&x=1") == "postgres://h/d?user=a&password=***&x=1")
        #expect(SettingURL.redacted("redis://:p@h") == "redis://:***@h")
        #expect(!SettingURL.holdsPassword("https://user@host/path:with@signs"))
        #expect(SettingURL.scheme("nohost://") == nil)
        #expect(SettingURL.scheme("HTTPS://h") == "https")
        #expect(SettingURL.scheme("http://h /") == nil)
    }

    @Test func unknownNamesAreProblemsButServiceLinksAndOtherServicesAreNot() throws {
        let folder = try TemporaryFolder()
        let file = try folder.write("m.yaml", "app_prot: 1\napp:\n  port: 2\napp_port: 3\n")
        let config = reader(
            ["--config=\(file)"],
            [
                "MARTLET_API_SERVICE_HOST": "10.0.0.1", "MARTLET_API_SERVICE_PORT_HTTP": "80",
                "MARTLET_API_PORT": "tcp://10.0.0.1:80",
                "MARTLET_API_PORT_80_TCP": "tcp://10.0.0.1:80", "MARTLET_API_PORT_80_TCP_PORT": "80",
                "MARTLET_TEST_X": "1",
                "MARTLET_WORKER_SLOTS": "4", "MARTLET_COMMIT": "abc", "MARTLET_LAEDER": "1",
            ]
        )
        config.ignore(prefix: "MARTLET_WORKER_")
        _ = config.int("APP_PORT", default: 1)
        _ = config.bool("MARTLET_LEADER", default: true)
        #expect(problems(config).map(\.key).sorted() == ["APP_PORT", "APP_PROT", "MARTLET_LAEDER"])
        #expect("\(problems(config))".contains("did you mean MARTLET_LEADER?"))
    }

    @Test func whatHoldsNothingInTheFileSetsNothing() throws {
        let folder = try TemporaryFolder()
        let file = try folder.write(
            "m.yaml",
            "martlet:\n  a:\n  b: ~\n  c: null\n  d: \"null\"\n  e: [x, y]\n  f: [1]\n"
        )
        let config = reader(["--config", file])
        for name in ["MARTLET_A", "MARTLET_B", "MARTLET_C"] { #expect(config.int(name, default: 7) == 7, "\(name)") }
        #expect(config.string("MARTLET_D", default: "") == "null", "in quotes it is a text")
        #expect(config.list("MARTLET_E", default: []) == ["x", "y"])
        #expect(config.int("MARTLET_F", default: 0) == 1)
        #expect(problems(config).isEmpty, "they are known all the same")
    }

    /// What is wrong is named with its line.
    @Test(arguments: [
        ("a: 1\nb: [x, [y]]\n", "line 2: b holds something else than single values"),
        ("a: 1\nb: [x, ~]\n", "line 2: b holds something else than single values"),
        ("a: 1\n[b]: 2\n", "line 2: a name is not a text"), ("a: 1\na: 2\n", "line 1: \"a\" stands twice"),
        ("[a]", "the file is no map of settings"), ("a: 1\n---\nb: 2", "line 2: the file holds more than one document"),
    ])
    func whereTheFileIsBrokenIsSaid(_ content: String, _ words: String) throws {
        let folder = try TemporaryFolder()
        let found = problems(reader(["--config", try folder.write("m.yaml", content)]))
        #expect(found.contains { $0.key == "MARTLET_CONFIG" && $0.problem.contains(words) }, "\(found)")
    }

    @Test(arguments: ["- a\n- b\n", "a: [", ""])
    func aBrokenFileIsAProblem(content: String) throws {
        let folder = try TemporaryFolder()
        let config = reader(["--config", try folder.write("m.yaml", content)])
        #expect(problems(config).map(\.key) == ["MARTLET_CONFIG"])
        #expect(problems(reader(["--config", "/nonexistent.yaml"])).map(\.key) == ["MARTLET_CONFIG"])
    }

    @Test func mainPrintsProblemsAndExits78() async {
        var out = ""
        var problems = ""
        let wrong = reader([], ["APP_PORT": "x"])
        let body: @Sendable (SettingsReader) async throws -> Void = { reader in
            _ = reader.int("APP_PORT", default: 8080, in: 0...65535)
            try reader.finish()
        }
        #expect(await ServiceMain.code("p", wrong, body: body, out: { out += $0 }, problems: { problems += $0 }) == 78)
        #expect(problems.contains("p: 1 setting is wrong\n  APP_PORT: \"x\" (environment) is not valid"))
        #expect(out.isEmpty)
        let help = reader(["--help"], ["APP_PORT": "x"])
        #expect(await ServiceMain.code("p", help, body: body, out: { out += $0 }, problems: { problems += $0 }) == 0)
        #expect(out.contains("APP_PORT"))
        #expect(reader(["restore", "now", "--app-port", "1"]).operands == ["restore", "now"])
    }

    @Test func byteCounts() {
        #expect(ByteCount(parsing: "2GiB") == .gibibytes(2))
        #expect(ByteCount(parsing: "10MB")?.bytes == 10_000_000)
        for text in ["", "MB", "-1", "1.5MB", "1 KiB", "9999999999999999999", "9007199254740993TiB", "１"] {
            #expect(ByteCount(parsing: text) == nil, "\(text)")
        }
        for bytes in [0, 1, 1023, 1024, 1536, 1 << 20, 5 << 30] {
            #expect(ByteCount(parsing: ByteCount(bytes).description)?.bytes == bytes)
        }
    }

    @Test func identities() {
        #expect(BootID().rawValue > 0)
        #expect(BootID() != BootID())
        #expect(BootID.current == BootID.current)
        #expect(BootID(rawValue: 0) == nil)
        #expect(BootID(rawValue: 255)?.description == "00000000000000ff")
        #expect(BuildInfo(environment: [:]).commit == "unknown")
        #expect(BuildInfo(environment: ["MARTLET_COMMIT": "abc"]).commit == "abc")
    }
}
