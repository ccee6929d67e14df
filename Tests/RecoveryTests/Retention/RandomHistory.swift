// SPDX-License-Identifier: Apache-2.0
// Martlet: a random life of a database system, and what its store holds in the end.

import ObjectStore
import Platform
import Postgres

@testable import Recovery

/// A system that writes WAL, is backed up, fails over, is set back, loses files.
struct RandomHistory {
    /// A moment that somebody may want back: what was reached on a timeline, and when.
    struct Moment {
        let timeline: UInt32
        let position: UInt64
        let time: Timestamp
    }

    static let segment: UInt64 = 16 << 20
    let system = SystemID(7_312_000_000_000_000_001)
    let stranger = SystemID(7_312_000_000_000_000_002)
    private(set) var facts: [BackupID: RetainedBackup] = [:]
    private(set) var histories: [UInt32: TimelineHistory] = [1: TimelineHistory(timeline: 1)]
    private(set) var unreadable: Set<UInt32> = []
    private(set) var moments: [Moment] = []
    private(set) var now = Timestamp(seconds: 1_764_000_000)
    let store: ScriptedStore
    /// What each object is that was ever there.
    private(set) var places: [ObjectKey: StorePlace] = [:]
    private let layout: StoreLayout
    private var dice: SeededDice
    private var timeline: UInt32 = 1
    private var position: UInt64
    private var archived: UInt64

    init(seed: UInt64, events: Int = 50) {
        dice = SeededDice(seed)
        store = ScriptedStore()
        layout = StoreLayout(system)
        position = UInt64(dice.number(1...600)) * Self.segment
        archived = position / Self.segment
        for _ in 0..<events { happen() }
        for key in StoreLayout(stranger).folderKeys(of: BackupID(began: now, method: .physical, random: 1)) {
            store.plant(key, at: now)
        }
        store.plant(StoreLayout(stranger).wal(.history(2)), at: now)
        for key in store.keys { places[key] = StorePlace(key, in: layout) }
    }

    private mutating func happen() {
        now = now + .seconds(dice.number(60...40_000))
        switch dice.number(0...99) {
        case 0..<45: write(dice.number(1...6))
        case 45..<65: backUp()
        case 65..<78: dump(dice.chance(60) ? "app" : "other")
        case 78..<84: leaveUnfinished()
        case 84..<88: failOver()
        case 88..<92: goBack()
        case 92..<97: check()
        default: pin()
        }
    }

    /// Writes some segments' worth of WAL, of which each whole one is archived unless it is lost.
    private mutating func write(_ segments: Int) {
        position += UInt64(segments) * Self.segment - UInt64(dice.number(0...1_000_000))
        while archived < position / Self.segment {
            if !dice.chance(2) { store.plant(layout.wal(.segment(segment(archived))), at: now) }
            archived += 1
        }
        if dice.chance(20) {
            store.plant(layout.piece(0..<4_096, of: segment(archived)), at: now)
        }
        moments.append(Moment(timeline: timeline, position: position / Self.segment * Self.segment, time: now))
    }

    private func segment(_ number: UInt64) -> WALSegment {
        WALSegment(timeline: timeline, holding: LSN(number * Self.segment), size: Int(Self.segment))
    }

    private mutating func backUp() {
        let start = position
        let began = now
        write(dice.number(1...3))
        now = now + .seconds(dice.number(10...3_000))
        let id = newID(began, .physical)
        // The server says that a backup is complete when its last segment is archived.
        let end = position
        write(1)
        facts[id] = RetainedBackup(
            id,
            ended: now,
            timeline: timeline,
            startTimeline: dice.chance(90) ? timeline : nil,
            start: start,
            end: end,
            segmentSize: dice.chance(90) ? Int(Self.segment) : nil,
            bytes: 1_000
        )
        plant(id)
        moments.append(Moment(timeline: timeline, position: position / Self.segment * Self.segment, time: now))
    }

    private mutating func dump(_ database: String) {
        let id = newID(now, .logical)
        facts[id] = RetainedBackup(id, ended: now, database: database, bytes: 100)
        plant(id)
    }

    private func plant(_ id: BackupID) {
        for key in layout.folderKeys(of: id) { store.plant(key, at: now) }
    }

    private mutating func newID(_ time: Timestamp, _ method: BackupMethod) -> BackupID {
        BackupID(began: time, method: method, random: UInt32(dice.number(0...0xFF_FFFF)))
    }

    private mutating func leaveUnfinished() {
        let id = newID(now, dice.chance(50) ? .physical : .logical)
        if dice.chance(70) { store.plant(layout.path(of: id).head, at: now) }
        store.plant(layout.path(of: id).volume(1), at: now)
    }

    private mutating func failOver() { leave(at: position) }

    /// Restores an earlier moment of this timeline, and goes on from there.
    private mutating func goBack() {
        let here = timeline
        let candidates = facts.values.filter { $0.timeline == here && ($0.end ?? .max) < position }
        guard let base = candidates.min(by: { $0.id < $1.id }), let end = base.end else { return }
        leave(at: UInt64.random(in: end...position, using: &dice))
    }

    private mutating func leave(at end: UInt64) {
        let next = (histories.keys.max() ?? 1) + 1
        let branch = TimelineHistory.Branch(timeline: timeline, end: LSN(end))
        histories[next] = TimelineHistory(timeline: next, ancestors: (histories[timeline]?.ancestors ?? []) + [branch])
        if dice.chance(50) {
            store.plant(layout.wal(.partial(segment(end / Self.segment))), at: now)
        }
        timeline = next
        position = end
        archived = end / Self.segment
        store.plant(layout.wal(.history(next)), at: now)
        if dice.chance(5) { unreadable.insert(next) }
    }

    private mutating func check() {
        guard let id = facts.keys.sorted().randomElement(using: &dice) else { return }
        let isSound = dice.chance(70)
        facts[id]?.health = isSound ? .sound : .damaged
        store.plant(layout.check(dice.chance(50) ? .verify : .drill, of: id, at: now), at: now)
    }

    private mutating func pin() {
        guard dice.chance(40), let id = facts.keys.sorted().randomElement(using: &dice) else { return }
        if dice.chance(50) {
            facts[id]?.isRead = true
        } else {
            facts[id]?.isPinned = true
            store.plant(layout.pin(of: id), at: now)
        }
    }

    /// What retention sees of the store as it is now.
    func contents() -> RetentionContents {
        var contents = RetentionContents(system)
        var heads: [BackupID: Timestamp?] = [:]
        var listed: Set<BackupID> = []
        var files: [UInt32: [WALTimeline.File]] = [:]
        for info in store.infos {
            switch places[info.key] {
            case .backup(let id, "entry"): listed.insert(id)
            case .backup(let id, "head"): heads[id] = .some(info.modified)
            case .backup(let id, _): if heads[id] == nil { heads[id] = .some(nil) }
            case .check(let id, let kind): contents.checks.append(.init(backup: id, kind: kind, info: info))
            case .wal(let name): files[name.timeline, default: []].append(.init(info, name))
            case .piece(let segment):
                files[segment.timeline, default: []].append(.init(info, .segment(segment), isPiece: true))
            case .lease, .reader, .export, .key, nil: break
            }
        }
        contents.backups = facts.values.filter { listed.contains($0.id) }
        contents.unfinished = heads.filter { !listed.contains($0.key) }.map {
            UnfinishedBackup($0.key, began: $0.value)
        }
        contents.log = files.map { id, files in
            WALTimeline(id, files: files, history: unreadable.contains(id) ? nil : histories[id])
        }
        return contents
    }
}

extension StoreLayout {
    /// The objects of a small finished backup.
    func folderKeys(of id: BackupID) -> [ObjectKey] {
        let path = path(of: id)
        return [path.head, path.volume(1), path.volumeIndex(1), path.index(1), path.entry]
    }
}
