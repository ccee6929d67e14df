// SPDX-License-Identifier: Apache-2.0
// Martlet: the entry of martlet-health: watches everything, and tells people what matters.

internal import Platform
internal import Web

@main
struct HealthProgram {
    static func main() async {
        await ServiceMain.run("martlet-health") { reader in
            let command = reader.command(ServiceCommand.serve)
            let settings = HealthSettings(reader)
            try reader.finish()
            switch command {
            case .serve: try await HealthService(settings).run()
            case .health: try await ReadinessQuestion(settings.http).ask()
            }
        }
    }
}
