// SPDX-License-Identifier: Apache-2.0
// Martlet: zstd's contexts, and what each level means.
internal import CZstd

/// zstd's two contexts; made when first needed.
struct ZstdHandles: ~Copyable {
    private var compressor: OpaquePointer?
    private var expander: OpaquePointer?
    private var level: Int?

    deinit {
        ZSTD_freeCCtx(compressor)
        ZSTD_freeDCtx(expander)
    }

    mutating func compress(_ plain: [UInt8], level: Int) -> [UInt8]? {
        guard let compressor = compressor(of: level) else { return nil }
        let packed = [UInt8](unsafeUninitializedCapacity: ZSTD_compressBound(plain.count)) { buffer, count in
            let made = plain.withUnsafeBytes { source in
                ZSTD_compress2(
                    compressor,
                    buffer.baseAddress,
                    buffer.count,
                    source.baseAddress,
                    source.count
                )
            }
            count = ZSTD_isError(made) == 0 ? made : 0
        }
        return packed.isEmpty ? nil : packed
    }

    mutating func expand(_ packed: [UInt8], to size: Int) -> [UInt8]? {
        if expander == nil { expander = ZSTD_createDCtx() }
        guard let expander else { return nil }
        var isSound = false
        let plain = [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
            let made = packed.withUnsafeBytes { source in
                ZSTD_decompressDCtx(expander, buffer.baseAddress, size, source.baseAddress, source.count)
            }
            isSound = ZSTD_isError(made) == 0
            count = isSound ? made : 0
        }
        return isSound ? plain : nil
    }

    /// The compressor, set to the level. What level 3 is by itself searches with two tables, which pays on text; pages of
    /// a database hold short repetitions at short distances, and one table with hashes of 5 bytes takes a fifth less
    /// processor time for the same size: docs/decisions/0039-level-three-for-pages.md has the figures.
    private mutating func compressor(of level: Int) -> OpaquePointer? {
        if compressor == nil { compressor = ZSTD_createCCtx() }
        guard let compressor else { return nil }
        if self.level != level {
            ZSTD_CCtx_reset(compressor, ZSTD_reset_session_and_parameters)
            ZSTD_CCtx_setParameter(compressor, ZSTD_c_compressionLevel, Int32(level))
            if level == 3 {
                ZSTD_CCtx_setParameter(compressor, ZSTD_c_strategy, Int32(ZSTD_fast.rawValue))
                ZSTD_CCtx_setParameter(compressor, ZSTD_c_hashLog, 17)
                ZSTD_CCtx_setParameter(compressor, ZSTD_c_minMatch, 5)
            }
            self.level = level
        }
        return compressor
    }
}
