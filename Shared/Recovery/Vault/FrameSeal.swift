// SPDX-License-Identifier: Apache-2.0
// Martlet: makes frames that nobody can change, exchange, repeat or reorder, and opens them.
internal import Crypto
internal import FoundationEssentials

/// Seals and opens the frames of one volume or object.
///
/// With a key: AES-256-GCM. The key is HKDF-SHA256 of the secret with the random salt of the volume's or object's
/// header, so it is used for this one only; the nonce is the frame's number. What is authenticated besides the content
/// is the SHA-256 of the header (and name) and the frame's header. Without a key the tag is the beginning of a SHA-256
/// over the same bytes: it shows damage and mix-ups, but anyone can make it.
struct FrameSeal: Sendable {
    static let saltSize = 16

    private let context: [UInt8]
    private let key: SymmetricKey?

    /// For the volume or object with this header.
    /// - Parameters:
    ///   - secret: What the key is derived from; nil leaves the content readable.
    ///   - identity: All bytes that tell this volume or object from every other.
    init(secret: SymmetricKey?, salt: [UInt8], identity: [UInt8]) {
        let context = Array(SHA256.hash(data: identity))
        self.context = context
        key = secret.map { secret in
            HKDF<SHA256>.deriveKey(
                inputKeyMaterial: secret,
                salt: salt,
                info: Array("martlet frames 1".utf8) + context,
                outputByteCount: 32
            )
        }
    }

    /// A salt for a new volume or object.
    static func randomSalt() -> [UInt8] {
        SymmetricKey(size: SymmetricKeySize(bitCount: saltSize * 8)).withUnsafeBytes { Array($0) }
    }

    /// A whole frame: header, content, tag.
    func seal(_ header: FrameHeader, _ content: [UInt8]) throws(RecoveryError) -> [UInt8] {
        var frame: [UInt8] = []
        frame.reserveCapacity(header.frameSize)
        header.append(to: &frame)
        guard let key else {
            frame.append(contentsOf: content)
            frame.append(contentsOf: digest(header, content))
            return frame
        }
        do {
            let box = try AES.GCM.seal(
                content,
                using: key,
                nonce: try nonce(header.number),
                authenticating: context + frame
            )
            box.ciphertext.withUnsafeBytes { frame.append(contentsOf: $0) }
            box.tag.withUnsafeBytes { frame.append(contentsOf: $0) }
        } catch {
            throw RecoveryError(.internal, "a frame can't be encrypted", cause: error)
        }
        return frame
    }

    /// The content of a frame.
    /// - Parameter sealed: What follows the header: the content and the tag.
    func open(_ header: FrameHeader, _ sealed: ArraySlice<UInt8>) throws(FormatFault) -> [UInt8] {
        guard sealed.count == header.stored + FrameHeader.tagSize else { throw FormatFault("a frame is cut off") }
        let content = sealed.prefix(header.stored)
        let tag = sealed.suffix(FrameHeader.tagSize)
        let fault = FormatFault("frame \(header.number) is damaged, or does not belong here")
        guard let key else {
            let content = Array(content)
            guard tag.elementsEqual(digest(header, content)) else { throw fault }
            return content
        }
        var authenticated = context
        header.append(to: &authenticated)
        do {
            let box = try AES.GCM.SealedBox(nonce: nonce(header.number), ciphertext: content, tag: tag)
            return try Array(AES.GCM.open(box, using: key, authenticating: authenticated))
        } catch {
            throw fault
        }
    }

    private func nonce(_ number: UInt32) throws -> AES.GCM.Nonce {
        var bytes = [UInt8](repeating: 0, count: 8)
        bytes.append(bigEndian: number)
        return try AES.GCM.Nonce(data: bytes)
    }

    private func digest(_ header: FrameHeader, _ content: [UInt8]) -> ArraySlice<UInt8> {
        var head = context
        header.append(to: &head)
        var sum = SHA256()
        sum.update(data: head)
        sum.update(data: content)
        return Array(sum.finalize()).prefix(FrameHeader.tagSize)
    }
}
