// SPDX-License-Identifier: Apache-2.0
// Martlet: the entry of martlet-api: HTTP in front of the ledger.

internal import Platform
internal import Web

@main
struct API {
    static func main() async {
        await ServiceMain.run("martlet-api") { reader in
            let command = reader.command(APICommand.serve)
            let settings = APISettings(reader)
            try reader.finish()
            switch command {
            case .serve: try await APIService(settings).run()
            case .migrate: try await APIService.migrate(settings)
            case .health: try await ReadinessQuestion(settings.http).ask()
            }
        }
    }
}
