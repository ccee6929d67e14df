// SPDX-License-Identifier: Apache-2.0
// Martlet: the icons of the states for the page without scripts.

internal import Health

/// The shapes of `states.js`: each state has an outline of its own, so that it can be told without its colour.
enum PlainIcon {
    static func svg(_ state: CheckState, _ size: Int) -> String {
        let (shape, sign) = paths(state)
        return """
            <svg class="icon state-\(state.rawValue.lowercased())" viewBox="0 0 24 24" width="\(size)" height="\(size)" aria-hidden="true">\
            <path class="icon-shape" d="\(shape)"/><path class="icon-sign" d="\(sign)"/></svg>
            """
    }

    private static func paths(_ state: CheckState) -> (String, String) {
        switch state {
        case .up: ("M12 2a10 10 0 1 0 0 20 10 10 0 0 0 0-20z", "m7.5 12.3 3.2 3.2 5.8-6.6")
        case .degraded:
            ("M12 2.6 1.9 20.4c-.5.8.1 1.6 1 1.6h18.2c.9 0 1.5-.8 1-1.6z", "M12 9.5v5M12 18v.2")
        case .down: ("M7.9 2h8.2L22 7.9v8.2L16.1 22H7.9L2 16.1V7.9z", "m8.5 8.5 7 7m0-7-7 7")
        case .unknown:
            (
                "M12 2 22 12 12 22 2 12z",
                "M9.9 10a2.2 2.2 0 1 1 3.3 1.9c-.8.5-1.2.9-1.2 1.8M12 16.5v.2"
            )
        case .maintenance:
            (
                "M4.5 2h15A2.5 2.5 0 0 1 22 4.5v15a2.5 2.5 0 0 1-2.5 2.5h-15A2.5 2.5 0 0 1 2 19.5v-15A2.5 2.5 0 0 1 4.5 2z",
                "M8.5 7.5v9M15.5 7.5v9"
            )
        }
    }
}
