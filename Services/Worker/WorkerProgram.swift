// SPDX-License-Identifier: Apache-2.0
// Martlet: the entry of martlet-worker: runs jobs.

internal import Platform

@main
struct WorkerProgram {
    static func main() async {
        await ServiceMain.run("martlet-worker") { reader in
            let settings = WorkerSettings(reader)
            try reader.finish()
            try await WorkerService(settings).run()
        }
    }
}
