// SPDX-License-Identifier: Apache-2.0
// Martlet: the frames of a sealed object.
internal import Crypto
internal import ObjectStore
internal import Platform

extension SealedObject {
    /// What an object is sealed with.
    enum Secret {
        case none
        case ring(RingKey)
        case data(DataKey)

        var protection: ObjectProtection {
            switch self {
            case .none: .none
            case .ring(let key): .ring(id: key.id, fingerprint: key.fingerprint)
            case .data: .backup
            }
        }

        var key: SymmetricKey? {
            switch self {
            case .none: nil
            case .ring(let key): key.secret
            case .data(let key): key.secret
            }
        }
    }

    static func seal(
        _ plain: [UInt8],
        name: ObjectKey,
        secret: Secret,
        options: VaultOptions
    ) throws(RecoveryError) -> [UInt8] {
        guard plain.count <= largest else {
            throw RecoveryError(.request, "\(plain.count) bytes are too many for one object", object: name)
        }
        let header = ObjectHeader(protection: secret.protection)
        let seal = frameSeal(header, name, secret.key)
        let codecs = CodecContext()
        let facts = SealedFacts(of: plain).encoded
        var sealed = header.encoded
        var mark = EndMark()
        func append(_ kind: FrameKind, _ codec: ChunkCodec, _ content: [UInt8], of size: Int) throws(RecoveryError) {
            let header = FrameHeader(
                kind: kind,
                codec: codec,
                number: mark.frames,
                plain: size,
                stored: content.count
            )
            sealed += try seal.seal(header, content)
            mark.frames += 1
            mark.plain += UInt64(size)
        }
        try append(.facts, .plain, facts, of: facts.count)
        for start in stride(from: 0, to: plain.count, by: options.chunkSize.bytes) {
            let chunk = Array(plain[start..<min(start + options.chunkSize.bytes, plain.count)])
            let (codec, content) = codecs.pack(chunk, by: options.compression)
            try append(.chunk, codec, content, of: chunk.count)
        }
        return try sealed + mark.sealed(by: seal)
    }

    static func open(
        _ sealed: [UInt8],
        name: ObjectKey,
        keys: KeyRing,
        data: DataKey?
    ) throws(RecoveryError) -> [UInt8] {
        var cursor = ByteCursor(sealed)
        let seal = try self.seal(&cursor, name: name, keys: keys, data: data)
        do throws(FormatFault) {
            let facts = try facts(&cursor, seal)
            let codecs = CodecContext()
            var mark = EndMark(frames: 1, plain: UInt64(facts.encoded.count))
            var plain: [UInt8] = []
            plain.reserveCapacity(facts.size)
            while true {
                let (header, content) = try frame(&cursor, seal, number: mark.frames)
                if header.kind == .end {
                    guard EndMark(content) == mark, cursor.left == 0 else {
                        throw FormatFault("its end is not where it should be")
                    }
                    break
                }
                guard header.kind == .chunk, plain.count + header.plain <= facts.size else {
                    throw FormatFault("frame \(mark.frames) does not belong here")
                }
                plain += try codecs.expand(content, by: header.codec, to: header.plain)
                mark.frames += 1
                mark.plain += UInt64(header.plain)
            }
            guard SealedFacts(of: plain) == facts else { throw FormatFault("the SHA-256 of the content does not fit") }
            return plain
        } catch {
            throw error.error(in: name, at: Int64(cursor.offset))
        }
    }

    static func seal(
        _ cursor: inout ByteCursor,
        name: ObjectKey,
        keys: KeyRing,
        data: DataKey?
    ) throws(RecoveryError) -> FrameSeal {
        let header: ObjectHeader
        do throws(FormatFault) { header = try ObjectHeader(&cursor) } catch { throw error.error(in: name, at: 0) }
        switch header.protection {
        case .none:
            // A part of an encrypted backup is never accepted without encryption.
            guard keys.acceptsPlain, data == nil else {
                let message = "it is not encrypted, which must be allowed explicitly"
                throw RecoveryError(.wrongKey, message, object: name)
            }
            return frameSeal(header, name, nil)
        case .ring(let id, let fingerprint):
            guard data == nil else { throw RecoveryError(.wrongKey, "it needs the key of its backup", object: name) }
            do throws(RecoveryError) {
                return frameSeal(header, name, try keys.key(id, fingerprint: fingerprint).secret)
            } catch {
                throw RecoveryError(error.code, error.message, object: name)
            }
        case .backup:
            guard let data else { throw RecoveryError(.wrongKey, "it needs the key of its backup", object: name) }
            return frameSeal(header, name, data.secret)
        }
    }

    static func facts(_ cursor: inout ByteCursor, _ seal: FrameSeal) throws(FormatFault) -> SealedFacts {
        let (header, content) = try frame(&cursor, seal, number: 0)
        guard header.kind == .facts, let facts = SealedFacts(content) else {
            throw FormatFault("it does not begin with its size and SHA-256")
        }
        return facts
    }

    private static func frame(
        _ cursor: inout ByteCursor,
        _ seal: FrameSeal,
        number: UInt32
    ) throws(FormatFault) -> (FrameHeader, [UInt8]) {
        let header = try FrameHeader(&cursor)
        guard header.number == number else { throw FormatFault("frame \(header.number) where \(number) should be") }
        guard let sealed = cursor.take(header.stored + FrameHeader.tagSize) else {
            throw FormatFault("frame \(number) is cut off")
        }
        return (header, try seal.open(header, sealed))
    }

    private static func frameSeal(_ header: ObjectHeader, _ name: ObjectKey, _ key: SymmetricKey?) -> FrameSeal {
        FrameSeal(secret: key, salt: header.salt, identity: header.encoded + Array(name.description.utf8))
    }
}
