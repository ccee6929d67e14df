// SPDX-License-Identifier: Apache-2.0
// Martlet: verifies what is read against the checksum that the store keeps.
internal import Crypto
internal import FoundationEssentials

/// Compares bytes, as they come, with a SHA-256 of the whole, or with one over the SHA-256s of the parts.
struct S3BodyCheck: Sendable {
    private let expected: String
    private let plan: S3PartPlan?
    private var whole = SHA256()
    private var part = SHA256()
    private var inPart = 0
    private var parts = 0

    /// Nil when there is nothing to compare with: no checksum, or one over parts of unknown size.
    ///
    /// - Parameter tag: The object's; that of an object of parts ends with their number, as the checksum does at AWS.
    init?(checksum: String?, tag: String?, firstPart: Int?) {
        guard let checksum else { return nil }
        let isOverParts = checksum.contains("-") || tag?.contains("-") == true
        guard isOverParts == false || (firstPart ?? 0) > 0 else { return nil }
        expected = checksum
        plan = isOverParts ? firstPart.map { S3PartPlan(first: $0) } : nil
    }

    /// Reads an answer's headers.
    init?(_ reply: HTTPReply) {
        self.init(
            checksum: reply.header("x-amz-checksum-sha256"),
            tag: reply.header("etag"),
            firstPart: reply.header(S3Store.partHeader).flatMap { Int($0) }
        )
    }

    /// Takes the next bytes.
    mutating func update(_ bytes: ArraySlice<UInt8>) {
        guard let plan else { return bytes.withUnsafeBytes { whole.update(bufferPointer: $0) } }
        var rest = bytes
        while !rest.isEmpty {
            let piece = rest.prefix(plan.size(parts + 1) - inPart)
            piece.withUnsafeBytes { part.update(bufferPointer: $0) }
            inPart += piece.count
            rest = rest.dropFirst(piece.count)
            if inPart == plan.size(parts + 1) { endPart() }
        }
    }

    /// The checksum of all bytes if it isn't the expected one.
    mutating func mismatch() -> (theirs: String, ours: String)? {
        var ours: String
        if plan == nil {
            ours = PayloadDigest(whole).base64
        } else {
            if inPart > 0 { endPart() }
            ours = PayloadDigest(whole).base64 + (expected.contains("-") ? "-\(parts)" : "")
        }
        return ours == expected ? nil : (expected, ours)
    }

    private mutating func endPart() {
        PayloadDigest(part).bytes.withUnsafeBytes { whole.update(bufferPointer: $0) }
        (part, inPart, parts) = (SHA256(), 0, parts + 1)
    }
}
