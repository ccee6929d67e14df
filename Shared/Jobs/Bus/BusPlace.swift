// SPDX-License-Identifier: Apache-2.0
// Where an entry stands on the bus.

internal import Redis

/// Where an entry stands on the bus.
struct BusPlace: Hashable, Sendable {
    /// The bus generation that its stream belongs to.
    var generation: Int32
    /// The stream's lane.
    var lane: Lane
    /// The entry in the stream.
    var id: StreamEntryID
}
