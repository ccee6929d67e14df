// SPDX-License-Identifier: Apache-2.0
// Martlet: the entry of martlet-health: watches everything, and tells people what matters.

internal import Platform

@main
struct HealthProgram {
    static func main() async {
        await ServiceMain.run("martlet-health") { reader in
            let settings = HealthSettings(reader)
            try reader.finish()
            try await HealthService(settings).run()
        }
    }
}
