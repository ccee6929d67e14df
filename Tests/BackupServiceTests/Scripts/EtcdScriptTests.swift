// SPDX-License-Identifier: Apache-2.0
// Martlet: tests of the scripts for etcd with a real one.

import Glibc
import TestSupport
import Testing

@Suite(
    "Snapshots of etcd",
    .enabled(
        if: ScriptScene.folder(of: "etcd", variable: "MARTLET_TEST_ETCD_BIN") != nil
            && ScriptScene.folder(of: "etcdctl", variable: "MARTLET_TEST_ETCD_BIN") != nil,
        "etcd is not installed (Debian: etcd-server etcd-client; MARTLET_TEST_ETCD_BIN names another folder)"
    )
)
struct EtcdScriptTests {
    private static let folder = ScriptScene.folder(of: "etcd", variable: "MARTLET_TEST_ETCD_BIN") ?? ""

    private struct Member {
        let process: ClusterProcess
        let settings: [String: String]
    }

    private func start(_ scene: ScriptScene, _ data: String) async throws -> Member {
        let (client, peer) = (try ClusterPort.free(), try ClusterPort.free())
        let process = try await scene.launch(
            [
                "\(Self.folder)/etcd", "--data-dir", "\(scene.path)/\(data)", "--listen-client-urls",
                "http://127.0.0.1:\(client)", "--advertise-client-urls", "http://127.0.0.1:\(client)",
                "--listen-peer-urls", "http://127.0.0.1:\(peer)",
            ],
            log: "\(scene.path)/\(data).log"
        )
        let settings = [
            "ETCDCTL_ENDPOINTS": "http://127.0.0.1:\(client)", "ETCDCTL_API": "3",
            "PATH": "\(Self.folder):/usr/bin:/bin",
        ]
        let member = Member(process: process, settings: settings)
        try await eventually("etcd answers") {
            try await scene.run(["\(Self.folder)/etcdctl", "endpoint", "health"], settings).end == .code(0)
        }
        return member
    }

    private func ask(_ scene: ScriptScene, _ member: Member, _ words: String...) async throws -> String {
        try await scene.run(["\(Self.folder)/etcdctl"] + words, member.settings).text
    }

    @Test func whatWasThereThenIsThereAgain() async throws {
        let scene = try ScriptScene()
        let member = try await start(scene, "first")
        _ = try await ask(scene, member, "put", "object", "as it was")
        let file = "\(scene.path)/etcd.db"
        let saved = try await scene.script("etcd-snapshot", file, with: member.settings)
        #expect(saved.end == .code(0) && saved.text.contains(file), "\(saved.text)")
        #expect(try await scene.script("etcd-snapshot", file, with: member.settings).end == .code(73))
        _ = try await ask(scene, member, "put", "object", "as it became")
        await member.process.kill()
        let away = try await scene.script("etcd-snapshot", "\(scene.path)/no.db", with: member.settings)
        #expect(away.end == .code(69) && !scene.exists("no.db"), "\(away.text)")

        let new = "\(scene.path)/second"
        let restored = try await scene.script("etcd-restore", file, new, with: member.settings)
        #expect(restored.end == .code(0), "\(restored.text)")
        #expect(try await scene.script("etcd-restore", file, new, with: member.settings).end == .code(73))
        let second = try await start(scene, "second")
        #expect(try await ask(scene, second, "get", "object", "--print-value-only") == "as it was\n")
        await second.process.kill()

        _ = try await scene.run(["/bin/sh", "-c", "printf x | dd of=\(file) bs=1 seek=9000 conv=notrunc"])
        let damaged = try await scene.script("etcd-restore", file, "\(scene.path)/third", with: member.settings)
        #expect(damaged.end == .code(65) && !scene.exists("third"), "\(damaged.text)")
    }
}
