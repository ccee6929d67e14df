// SPDX-License-Identifier: Apache-2.0
// Martlet: the frame of every program's main: settings, help, errors, exit code.
internal import Glibc

/// What all `@main` files have in common.
///
/// ```swift
/// @main struct API {
///     static func main() async {
///         await ServiceMain.run("martlet-api") { reader in
///             let logging = LoggingSettings(reader)
///             try reader.finish()
///             ...
///         }
///     }
/// }
/// ```
public enum ServiceMain {
    /// Runs a program and exits: 0 when the body returns, 78 when settings are wrong, 1 for other errors.
    ///
    /// Problems go to standard error. `--help` prints the settings which the body has read before `finish()`;
    /// `--version` the build.
    public static func run(_ name: String, body: @Sendable (SettingsReader) async throws -> Void) async -> Never {
        exit(await code(name, SettingsReader(), body: body, out: { put($0, on: 1) }, problems: { put($0, on: 2) }))
    }

    /// Runs a program that has more to say: settings from a reader of its own, a text above the help, and the code for
    /// each error.
    public static func run(
        _ name: String,
        _ reader: SettingsReader,
        help: String,
        code exitCode: @Sendable (any Error) -> Int32,
        body: @Sendable (SettingsReader) async throws -> Void
    ) async -> Never {
        let code = await code(
            name,
            reader,
            help: help,
            exitCode: exitCode,
            body: body,
            out: { put($0, on: 1) },
            problems: { put($0, on: 2) }
        )
        exit(code)
    }

    static func code(
        _ name: String,
        _ reader: SettingsReader,
        help: String = "",
        exitCode: @Sendable (any Error) -> Int32 = standardCode,
        body: @Sendable (SettingsReader) async throws -> Void,
        out: (String) -> Void,
        problems: (String) -> Void
    ) async -> Int32 {
        do {
            try await body(reader)
            return ExitCode.success
        } catch let error as PlatformError where error.code == .helpRequested {
            let build = BuildInfo.current
            if reader.isVersionRequested {
                out("\(name) \(build.version) (\(build.commit))\n")
            } else {
                if !help.isEmpty { out(help + "\n") }
                out(
                    "\(name) \(build.version). Settings, as environment variable (or --option, or key in the file of --config):\n\n"
                )
                out(reader.describe())
            }
            return ExitCode.success
        } catch {
            problems("\(name): \(error)\n")
            return exitCode(error)
        }
    }

    @Sendable private static func standardCode(_ error: any Error) -> Int32 {
        (error as? PlatformError)?.code == .configuration ? ExitCode.configuration : ExitCode.failure
    }

    private static func put(_ text: String, on descriptor: Int32) {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return }
            rest = rest.dropFirst(count)
        }
    }
}
