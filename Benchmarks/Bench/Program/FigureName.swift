// SPDX-License-Identifier: Apache-2.0
// Martlet: the figures that are measured, by name.

/// A figure's name, for `--only` and in the JSON.
enum FigureName: String, CaseIterable, Codable, Sendable {
    /// No-op jobs a second, all enqueued beforehand.
    case drain
    /// Jobs a second, acknowledged, 1,000 to a request.
    case batch
    /// Jobs a second, acknowledged, one to a request.
    case single
    /// From the request to the handler.
    case latency
    /// What it costs when nothing happens.
    case rest
    /// What it takes while a million jobs wait.
    case memory
    /// What is left of drain, batch and single with all telemetry on.
    case telemetry
}
