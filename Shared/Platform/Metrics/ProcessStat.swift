// SPDX-License-Identifier: Apache-2.0
// Martlet: the fields of /proc/self/stat that metrics need.

/// A parsed /proc/PID/stat line.
struct ProcessStat: Equatable {
    var cpuTicks: UInt64
    var threads: UInt64
    var startTicks: UInt64
    var virtualBytes: UInt64
    var residentPages: UInt64

    /// Nil unless the text has the fields; the program's name may itself hold spaces and brackets.
    init?(_ text: String) {
        guard let end = text.lastIndex(of: ")") else { return nil }
        // The first of these is field 3 of proc(5).
        let fields = text[text.index(after: end)...].split(separator: " ")
        guard fields.count >= 22, let user = UInt64(fields[11]), let system = UInt64(fields[12]),
            let threads = UInt64(fields[17]), let start = UInt64(fields[19]), let virtual = UInt64(fields[20]),
            let resident = UInt64(fields[21])
        else { return nil }
        cpuTicks = user + system
        self.threads = threads
        startTicks = start
        virtualBytes = virtual
        residentPages = resident
    }
}
