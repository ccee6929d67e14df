// SPDX-License-Identifier: Apache-2.0
// Martlet: a probe that knows something of the past.

/// A probe whose findings rest on what it found before; called before it runs.
protocol RememberingProbe: Probe {
    /// Takes over what the probe of the same check knew under the configuration before.
    func resume(from earlier: any Probe)
    /// Takes over what this location believed of the check, as far as an earlier process wrote it down.
    func resume(from observation: Observation)
}
