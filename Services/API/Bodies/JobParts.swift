// SPDX-License-Identifier: Apache-2.0
// Martlet: fields of a job that mean something only together.

internal import Platform

/// What `JobReader` holds until the object has ended.
struct JobParts {
    var scheduledAt: Timestamp?
    var delay: Duration?
    var uniqueKey: String?
    var uniqueFor: Duration?
}
