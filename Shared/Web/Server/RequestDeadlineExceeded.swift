// SPDX-License-Identifier: Apache-2.0
// Martlet: what the reader of a body gets when the client is too slow.

/// The request did not arrive within its time.
struct RequestDeadlineExceeded: Error {}
