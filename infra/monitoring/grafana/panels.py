# SPDX-License-Identifier: Apache-2.0
"""How a panel of a dashboard looks, where it stands, and the queries that many of them have in common."""
COLUMNS = 3
WIDTH, HEIGHT = 24 // COLUMNS, 7

# What a check's state looks like; the numbers are those of martlet_health_check_state.
STATES = [(0, "up", "green"), (1, "unknown", "blue"), (2, "degraded", "yellow"), (3, "down", "red")]

# A bar in the colour of the state that a series was in, in place of lines.
STATE_BARS = {
    "type": "state-timeline",
    "fieldConfig": {
        "defaults": {
            "custom": {"fillOpacity": 80, "lineWidth": 0},
            "mappings": [{
                "type": "value",
                "options": {str(number): {"text": text, "color": color} for number, text, color in STATES},
            }],
        },
        "overrides": [],
    },
    "options": {
        "mergeValues": True, "showValue": "never", "rowHeight": 0.9,
        "legend": {"displayMode": "list", "placement": "bottom", "showLegend": True},
        "tooltip": {"mode": "single", "sort": "none"},
    },
}


# Lines that may go below zero.
SIGNED = {"fieldConfig": {"defaults": {"unit": "percentunit", "custom": {"fillOpacity": 8, "showPoints": "never"}}, "overrides": []}}


def quantile(q, metric, by, extra=""):
    labels = ", ".join([*by, "le"])
    return f"histogram_quantile({q}, sum by ({labels}) (rate({metric}_bucket{{{extra}}}[$__rate_interval])))"


def rate(metric, by, extra=""):
    return f"sum by ({', '.join(by)}) (rate({metric}{{{extra}}}[$__rate_interval]))"


def panel(number, place, title, unit, text, queries, look=None):
    lines = {
        "id": number,
        "type": "timeseries",
        "title": title,
        "description": text,
        "datasource": {"type": "prometheus", "uid": "${datasource}"},
        "gridPos": {**place, "w": WIDTH, "h": HEIGHT},
        "fieldConfig": {"defaults": {"unit": unit, "min": 0, "custom": {"fillOpacity": 8, "showPoints": "never"}}, "overrides": []},
        "options": {
            "legend": {"displayMode": "list", "placement": "bottom", "showLegend": True},
            "tooltip": {"mode": "multi", "sort": "desc"},
        },
        "targets": [
            {"refId": chr(ord("A") + index), "expr": expression, "legendFormat": legend}
            for index, (expression, legend) in enumerate(queries)
        ],
    }
    return {**lines, **(look or {})}


def row(number, y, title):
    return {
        "id": number, "type": "row", "title": title, "collapsed": False, "panels": [],
        "gridPos": {"x": 0, "y": y, "w": 24, "h": 1},
    }


def lay_out(entries):
    """Three panels beside each other; a text begins a row of that name."""
    panels, x, y = [], 0, 0
    for number, entry in enumerate(entries, start=1):
        if x == COLUMNS or (isinstance(entry, str) and x > 0):
            x, y = 0, y + HEIGHT
        if isinstance(entry, str):
            panels.append(row(number, y, entry))
            y += 1
        else:
            panels.append(panel(number, {"x": x * WIDTH, "y": y}, *entry))
            x += 1
    return panels
