// SPDX-License-Identifier: Apache-2.0
// Martlet: tests of what logical backups are made of, without a server.
import Platform
import Testing

@testable import Recovery

@Suite("Parts of a logical backup") struct LogicalPartsTests {
    @Test(arguments: [
        ("", "ef46db3751d8e999"), ("a", "d24ec4f1a98c6e5b"), ("abc", "44bc2cf5ad770999"),
        ("Nobody inspects the spammish repetition", "fbcea83c8a378bf1"),
        (String(repeating: "x", count: 100), "92f0de5a88a3c094"),
        (String(repeating: "martlet", count: 31), "90653d72c53fabb3"),
    ])
    func hashes(_ text: String, _ expected: String) {
        let hash = Array(text.utf8).withUnsafeBytes { XXH64.hash($0) }
        #expect(String(hash, radix: 16) == expected)
    }

    @Test func sumsDependNeitherOnPiecesNorOnOrder() {
        var generator = SystemRandomNumberGenerator()
        let lines = (0..<500).map { index in
            String(repeating: "r", count: Int.random(in: 0...90, using: &generator)) + "\(index)\n"
        }
        var whole = RowSum()
        whole.add(Array(lines.joined().utf8))
        var pieces = RowSum()
        var rest = Array(lines.shuffled().joined().utf8)[...]
        while !rest.isEmpty {
            let count = Int.random(in: 1...200, using: &generator)
            pieces.add(Array(rest.prefix(count)))
            rest = rest.dropFirst(count)
        }
        #expect(whole.rows == 500)
        #expect(pieces.rows == 500)
        #expect(whole.digits == pieces.digits)
        #expect(whole.bytes == pieces.bytes)
        #expect(whole.isWhole && pieces.isWhole)
        var twice = RowSum()
        twice.add(Array("a\na\nb".utf8))
        #expect(!twice.isWhole)
        var once = RowSum()
        once.add(Array("a\n".utf8))
        #expect(twice.sum != once.sum, "equal rows do not cancel each other")
    }

    @Test func rangesCoverATableOnce() throws {
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<500 {
            let blocks = Int.random(in: 0...5_000, using: &generator)
            let table = SourceTable(
                id: 1,
                name: "public.a",
                columns: ["b"],
                condition: nil,
                isOfExtension: false,
                size: blocks * 8_192 * Int.random(in: 1...5, using: &generator),
                blocks: blocks,
                hasPlaces: true
            )
            let ranges = table.ranges(of: .mebibytes(1))
            guard let first = ranges[0] else {
                #expect(ranges == [nil])
                continue
            }
            #expect(first.lowerBound == 0)
            var end = 0
            for range in ranges {
                let range = try #require(range)
                #expect(range.lowerBound == end)
                #expect(!range.isEmpty)
                end = range.upperBound
            }
            #expect(end == .max)
        }
    }

    @Test func statementsOfACopy() {
        var table = SourceTable(
            id: 1,
            name: #"own."a""b / ü""#,
            columns: ["x", #""y z""#],
            condition: nil,
            isOfExtension: false,
            size: 0,
            blocks: 9,
            hasPlaces: true
        )
        #expect(
            table.copyOut(3..<7, encoding: "UTF8")
                == #"COPY (SELECT x, "y z" FROM ONLY own."a""b / ü" WHERE ctid >= '(3,0)'::tid AND ctid < '(7,0)'::tid) TO STDOUT (FORMAT text, ENCODING 'UTF8')"#
        )
        #expect(table.archive(number: 12, part: 3) == "data/000012-own.ab----/3")
        table.condition = "WHERE x > 1"
        #expect(table.ranges(of: .mebibytes(1)) == [nil])
        #expect(
            table.copyOut(nil, encoding: "LATIN1").contains("WHERE x > 1) TO STDOUT (FORMAT text, ENCODING 'LATIN1')")
        )
    }

    @Test func agesOfSnapshots() {
        let short = SnapshotLimits(greatestAge: .seconds(600))
        #expect(short.judge(age: .seconds(100), transactions: 0) == .fine)
        #expect(
            short.judge(age: .seconds(101), transactions: 0)
                == .old("the snapshot is older than \(Duration.seconds(100))")
        )
        #expect(
            short.judge(age: .seconds(601), transactions: 0)
                == .tooOld("the snapshot is older than \(Duration.seconds(600))")
        )
        var limits = SnapshotLimits()
        limits.greatestTransactions = 100
        limits.warningTransactions = 50
        #expect(limits.judge(age: .seconds(1), transactions: 50) == .fine)
        #expect(
            limits.judge(age: .seconds(1), transactions: 51)
                == .old("51 transactions began since the snapshot, more than 50")
        )
        #expect(
            limits.judge(age: .seconds(1), transactions: 101)
                == .tooOld("101 transactions began since the snapshot, more than 100")
        )
        #expect(
            limits.judge(age: .seconds(1_201), transactions: 0) == .old("the snapshot is older than 1200.0 seconds")
        )
        #expect(
            limits.judge(age: .seconds(7_201), transactions: 51) == .tooOld("the snapshot is older than 7200.0 seconds")
        )
    }

    @Test func scriptsAreCutIntoStatements() {
        let script = #"""
            -- a comment; with a semicolon
            \restrict abc;def

            SET a = 'it''s; fine';
            CREATE ROLE "we;""ird";
            COMMENT ON ROLE a IS E'one\';two
            three;';
            DO $x$ BEGIN; END; $$ ; $x$; SELECT 1
            """#
        #expect(
            SQLStatements.split(script) == [
                "SET a = 'it''s; fine'", #"CREATE ROLE "we;""ird""#, "COMMENT ON ROLE a IS E'one\\';two\nthree;'",
                "DO $x$ BEGIN; END; $$ ; $x$", "SELECT 1",
            ]
        )
        #expect(
            SQLStatements.words(#"GRANT "a b", c TO "d""e" GRANTED BY x"#) == [
                "GRANT", "a b", "c", "TO", "d\"e", "GRANTED", "BY", "x",
            ]
        )
    }

    @Test(
        arguments: [
            ("CREATE ROLE old", GlobalsScript.Verdict.leave("role old is there")), ("CREATE ROLE new", .run),
            (#"ALTER ROLE "new" WITH LOGIN PASSWORD 'x'"#, .run),
            ("ALTER ROLE old SET a TO 'b'", .leave("role old is there")),
            ("GRANT old TO new GRANTED BY old", .run), ("GRANT new TO old", .run),
            ("GRANT old TO old2 WITH ADMIN OPTION", .leave("role old2 is there")),
            ("GRANT SET ON PARAMETER work_mem TO new", .run),
            ("GRANT SET ON PARAMETER work_mem TO old", .leave("role old is there")),
            ("COMMENT ON ROLE old IS 'x'", .leave("role old is there")), ("COMMENT ON ROLE new IS 'x'", .run),
            ("CREATE TABLESPACE fast OWNER a LOCATION '/x'", .leave("tablespaces are not restored")),
            ("GRANT CREATE ON TABLESPACE fast TO new", .leave("tablespaces are not restored")),
            ("COMMENT ON TABLESPACE fast IS 'x'", .leave("tablespaces are not restored")),
            ("SET client_encoding = 'UTF8'", .drop), ("DROP EVERYTHING AT ONCE", .leave("unknown statement")),
        ] as [(String, GlobalsScript.Verdict)]
    )
    func rolesOfOthersAreLeftAlone(_ statement: String, _ verdict: GlobalsScript.Verdict) {
        #expect(GlobalsScript.judge(statement, roles: ["old", "old2"]) == verdict)
    }

    @Test func databasesLikeOthers() {
        var database = LogicalDatabase(
            name: "a",
            encoding: "UTF8",
            collation: "C.UTF-8",
            characters: "C.UTF-8",
            provider: "i",
            locale: "de-x",
            rules: nil,
            comment: "it's",
            settings: ["search_path=\"a b\", public", "app.x=1'2", "work_mem=5MB"]
        )
        #expect(
            database.creation(named: "b\"c", server: 150_000)
                == #"CREATE DATABASE "b""c" TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C.UTF-8' LC_CTYPE 'C.UTF-8' LOCALE_PROVIDER icu ICU_LOCALE 'de-x'"#
        )
        database.provider = "c"
        #expect(!database.creation(named: "b", server: 150_000).contains("ICU"))
        #expect(
            database.properties(named: "b") == [
                #"ALTER DATABASE "b" SET "search_path" TO "a b", public"#,
                #"ALTER DATABASE "b" SET "app"."x" TO '1''2'"#,
                #"ALTER DATABASE "b" SET "work_mem" TO '5MB'"#, #"COMMENT ON DATABASE "b" IS 'it''s'"#,
            ]
        )
    }
}
