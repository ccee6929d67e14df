// SPDX-License-Identifier: Apache-2.0
// Martlet: the outcome of something that waits.

extension Result {
    /// Keeps what `body` returns or throws.
    init(_ body: () async throws(Failure) -> Success) async {
        do throws(Failure) { self = .success(try await body()) } catch { self = .failure(error) }
    }
}
