// SPDX-License-Identifier: Apache-2.0
// Martlet: a dictionary of bounded size that forgets what was used longest ago.

/// Values by key; the capacity may be exceeded only by values that must not be dropped yet.
struct RecentValues<Key: Hashable, Value> {
    private var slots: [Key: (value: Value, used: UInt64)] = [:]
    private var clock: UInt64 = 0
    private let capacity: Int

    /// Room for `capacity` values, at least one.
    init(capacity: Int) { self.capacity = max(1, capacity) }

    var count: Int { slots.count }
    var values: some Collection<Value> { slots.values.lazy.map(\.value) }

    /// The value, which then counts as just used.
    mutating func value(for key: Key) -> Value? {
        guard slots[key] != nil else { return nil }
        clock += 1
        slots[key]?.used = clock
        return slots[key]?.value
    }

    /// Changes a value in place without counting as a use.
    mutating func update(_ key: Key, _ change: (inout Value) -> Void) {
        guard var slot = slots[key] else { return }
        change(&slot.value)
        slots[key] = slot
    }

    /// Stores a value as just used; returns the values dropped for it (the replaced one is not among them).
    ///
    /// A full scan for each insertion beyond the capacity is cheap at the few hundred entries that this is made for.
    mutating func insert(_ value: Value, for key: Key, canDrop: (Value) -> Bool) -> [Value] {
        clock += 1
        slots[key] = (value, clock)
        var dropped: [Value] = []
        while slots.count > capacity {
            let oldest = slots.filter { $0.key != key && canDrop($0.value.value) }.min { $0.value.used < $1.value.used }
            guard let oldest else { break }
            slots[oldest.key] = nil
            dropped.append(oldest.value.value)
        }
        return dropped
    }

    /// Takes everything out.
    mutating func removeAll() -> [Value] {
        defer { slots.removeAll() }
        return slots.values.map(\.value)
    }
}
