// SPDX-License-Identifier: Apache-2.0
// Martlet: what the logs say of themselves.

extension LogSink {
    /// Shows the lines that were lost or left out.
    public func register(in registry: MetricsRegistry) {
        registry.counter("martlet_log_lines_dropped", help: "Log lines that nobody read in time.") { [output] in
            Double(output.droppedLines)
        }
        registry.counter("martlet_log_lines_suppressed", help: "Log lines left out, since too many of their kind came.")
        {
            Double(suppressedLines)
        }
    }
}
