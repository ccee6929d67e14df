// SPDX-License-Identifier: Apache-2.0
// Martlet: the settings that a process was given, as an export shows them.

import Testing

@testable import Platform

@Suite("Settings that were given")
struct GivenSettingsTests {
    @Test func namesAreShownAndSecretsAreNot() {
        let reader = SettingsReader(
            arguments: ["x", "--martlet-bind=::1"],
            environment: [
                "APP_PORT": "8080", "DATABASE_URL": "postgres://a:secret@h/d", "REDIS_URL_FILE": "/run/redis",
                "MARTLET_API_KEYS": "secret", "MARTLET_BACKUP_KEYS_FILE": "/run/keys", "MARTLET_QUEUES": "a,b",
                "LOG_LEVEL": "", "HOME": "/root", "MARTLET_TEST_X": "1",
            ]
        )
        let given = reader.given().map { "\($0.name)=\($0.value ?? "?")" }
        #expect(
            given == [
                "APP_PORT=8080", "DATABASE_URL=postgres://a:***@h/d", "MARTLET_API_KEYS=?",
                "MARTLET_BACKUP_KEYS_FILE=/run/keys", "MARTLET_QUEUES=a,b", "REDIS_URL_FILE=/run/redis",
            ]
        )
    }
}
