// SPDX-License-Identifier: Apache-2.0
// Martlet: the entry of martlet-worker: runs jobs.

internal import Platform
internal import Web

@main
struct WorkerProgram {
    static func main() async {
        await ServiceMain.run("martlet-worker") { reader in
            let command = reader.command(ServiceCommand.serve)
            let settings = WorkerSettings(reader)
            try reader.finish()
            switch command {
            case .serve: try await WorkerService(settings).run()
            case .health: try await ReadinessQuestion(settings.http).ask()
            }
        }
    }
}
