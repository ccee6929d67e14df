// SPDX-License-Identifier: Apache-2.0
// Martlet: shares the checks of a location among its aggregators.

/// Rendezvous hashing: each check goes to the member with the highest score for it, so that a member that leaves gives away its own checks and moves no
/// others (Thaler and Ravishankar, 1998).
enum Assignment {
    /// The checks of one member.
    static func share(of member: Int64, among members: [Int64], of checks: some Sequence<String>) -> Set<String> {
        Set(checks.filter { owner(of: $0, among: members) == member })
    }

    /// Who probes a check; nil without members.
    static func owner(of check: String, among members: [Int64]) -> Int64? {
        members.max { (score($0, check), $0) < (score($1, check), $1) }
    }

    /// FNV-1a over both, finished by SplitMix64's mixer: the same in every process, which Swift's own hash is not.
    private static func score(_ member: Int64, _ check: String) -> UInt64 {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        withUnsafeBytes(of: member.littleEndian) {
            for byte in $0 { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }
        }
        for byte in check.utf8 { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }
        hash = (hash ^ (hash >> 30)) &* 0xBF58_476D_1CE4_E5B9
        hash = (hash ^ (hash >> 27)) &* 0x94D0_49BB_1331_11EB
        return hash ^ (hash >> 31)
    }
}
