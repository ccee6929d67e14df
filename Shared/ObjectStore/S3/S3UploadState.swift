// SPDX-License-Identifier: Apache-2.0
// Martlet: the decisions of an upload by parts, without any input or output.
internal import Crypto
internal import NIOCore

/// Cuts what is written into parts, and says when there is one to send.
struct S3UploadState {
    /// A part ready to be sent.
    struct Part: Sendable {
        let number: Int
        let body: ByteBuffer
        let digest: PayloadDigest
    }

    /// A part that the store has.
    struct Receipt: Sendable {
        let number: Int
        let tag: String
        let digest: PayloadDigest
    }

    let plan: S3PartPlan
    /// Bytes written so far.
    private(set) var size: Int64 = 0
    private(set) var number = 1
    private var filling = ByteBuffer()
    private var hasher = SHA256()
    /// In any order.
    var receipts: [Receipt] = []
    var uploadID: String?
    /// Whether `finish` or `abandon` was called, or something failed.
    var isEnded = false

    init(plan: S3PartPlan) { self.plan = plan }

    /// Takes as much as fits into the part; the rest waits until the part is sent, which happens only when more comes:
    /// an object of exactly one part needs no upload by parts.
    mutating func fill(_ bytes: inout ArraySlice<UInt8>) {
        let piece = bytes.prefix(plan.size(number) - filling.readableBytes)
        if number > 1, filling.capacity == 0 { filling.reserveCapacity(plan.size(number)) }
        filling.writeBytes(piece)
        piece.withUnsafeBytes { hasher.update(bufferPointer: $0) }
        size += Int64(piece.count)
        bytes = bytes.dropFirst(piece.count)
    }

    /// Whether there are bytes that belong to no part yet.
    var hasRest: Bool { filling.readableBytes > 0 }

    /// Ends the part that is being filled.
    mutating func cut() -> Part {
        defer { (filling, hasher, number) = (ByteBuffer(), SHA256(), number + 1) }
        return Part(number: number, body: filling, digest: PayloadDigest(hasher))
    }

    /// The body of CompleteMultipartUpload, and the checksum over the parts that the store should come to.
    func completion(_ checksum: S3Settings.Checksum) -> (body: String, checksum: String) {
        var body = "<CompleteMultipartUpload xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">"
        var digests: [UInt8] = []
        for part in receipts.sorted(by: { $0.number < $1.number }) {
            body += "<Part><PartNumber>\(part.number)</PartNumber><ETag>\(part.tag.xmlEscaped)</ETag>"
            if checksum == .sha256 { body += "<ChecksumSHA256>\(part.digest.base64)</ChecksumSHA256>" }
            body += "</Part>"
            digests += part.digest.bytes
        }
        return (body + "</CompleteMultipartUpload>", "\(PayloadDigest(of: digests).base64)-\(receipts.count)")
    }
}
