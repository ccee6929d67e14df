// SPDX-License-Identifier: Apache-2.0
// Martlet: connection strings are checked, and passwords stay out of every text.

import Postgres
import Testing

@Suite struct ConfigurationTests {
    @Test(arguments: [
        "", "localhost", "postgres://user:hunter2@[::1/db", "postgres://u:hunter2@h/db?nosuch=1", "host=a port='1",
        "host=a password=hunter2 oops", "postgres://u:hunter\"2@h:5432/d?x", "postgres://u:hunter2@h:99999/d",
        "postgres://u:hunter2@h:0/d", "host=h password=hunter2 port=http", "postgres://u:hunter2@a:5432,b:65536/d",
    ])
    func badStringsAreRefusedWithoutTheirSecret(_ text: String) {
        let error = #expect(throws: PostgresError.self) { try PostgresConfiguration(url: text) }
        #expect(error?.code == .configuration)
        #expect(error?.debugDescription.contains("hunter") == false)
    }

    @Test(arguments: [
        ("postgres://user:hunter2@db.example:5433/app?sslmode=verify-full", "postgres://user@db.example:5433/app"),
        ("host=/tmp user=me password=hunter2 dbname=app", "postgres://me@/tmp/app"),
        ("postgresql://h1,h2/app?target_session_attrs=read-write", "postgres://h1,h2/app"),
        ("postgres://a:1,b:65535/d", "postgres://a,b:1,65535/d"),
    ])
    func goodStringsShowNoPassword(_ text: String, _ shown: String) throws {
        let configuration = try PostgresConfiguration(url: text)
        #expect("\(configuration)" == shown)
        var dumped = ""
        dump(configuration, to: &dumped)
        #expect(!dumped.contains("hunter2"))
        #expect(!String(reflecting: configuration).contains("hunter2"))
    }

    @Test func errorsKeepDetailsOutOfTheirDescription() {
        let error = PostgresError(.server(sqlState: "40001"), "could not serialize", details: "Key (id)=(secret)")
        #expect(error.description == "40001: could not serialize")
        #expect(error.debugDescription.contains("secret"))
        #expect(error.isTransient)
        #expect(!PostgresError(.server(sqlState: "23505"), "duplicate").isTransient)
    }
}
