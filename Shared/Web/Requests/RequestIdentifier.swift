// SPDX-License-Identifier: Apache-2.0
// Martlet: ids of requests: the client's own if it is sane, else one of ours.

internal import HTTPTypes
internal import Platform
internal import Synchronization

/// Checks and makes request ids.
enum RequestIdentifier {
    static let header = HTTPField.Name.xRequestID
    private static let counter = Atomic<UInt64>(0)

    /// Letters, digits and `. _ - : + / =`, 1 to 128 of them: nothing that could break a log line, a header or a URI reference.
    static func isSane(_ text: String) -> Bool {
        let bytes = text.utf8
        guard !bytes.isEmpty, bytes.count <= 128 else { return false }
        return bytes.allSatisfy { byte in
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
            case 0x2E, 0x5F, 0x2D, 0x3A, 0x2B, 0x2F, 0x3D: true
            default: false
            }
        }
    }

    /// Sixteen hexadecimal digits: a counter from a random start, mixed so that neighbours look unlike.
    static func make() -> String {
        // Random numbers from the system cost half a microsecond each; one for each process is enough.
        let count = counter.wrappingAdd(1, ordering: .relaxed).newValue
        var mixed = UInt64(bitPattern: BootID.current.rawValue) &+ count &* 0x9E37_79B9_7F4A_7C15
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        mixed ^= mixed >> 31
        return String(unsafeUninitializedCapacity: 16) { buffer in
            for index in 0..<16 {
                let digit = UInt8(truncatingIfNeeded: mixed >> UInt64(60 - index * 4)) & 15
                buffer[index] = digit < 10 ? 0x30 + digit : 0x57 + digit
            }
            return 16
        }
    }
}

extension HTTPField.Name {
    /// `X-Request-ID`; the name is valid, so the other one is for the type alone.
    static let xRequestID = HTTPField.Name("X-Request-ID") ?? .from
    /// `traceparent` of W3C Trace Context.
    static let traceparent = HTTPField.Name("traceparent") ?? .from
    /// `tracestate` of W3C Trace Context.
    static let tracestate = HTTPField.Name("tracestate") ?? .from
}
