// SPDX-License-Identifier: Apache-2.0
// Martlet: what the process's exit code says.

/// Exit codes, after sysexits.h where it has one.
public enum ExitCode {
    /// All went well.
    public static let success: Int32 = 0
    /// A service failed.
    public static let failure: Int32 = 1
    /// The shutdown took longer than its limits (EX_TEMPFAIL).
    public static let shutdownTimeout: Int32 = 75
    /// A setting is wrong (EX_CONFIG).
    public static let configuration: Int32 = 78
    /// A second signal ended the process at once: 128 and the signal's number, 130 for SIGINT, 143 for SIGTERM.
    public static func signal(_ number: Int32) -> Int32 { 128 + number }
}
