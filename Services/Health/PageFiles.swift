// SPDX-License-Identifier: Apache-2.0
// Martlet: the files of the status page, built into the program.

/// The files of the status page by name; SwiftPM names an embedded file after itself, with underscores for what no identifier may hold.
enum PageFiles {
    static let pages: [String: [UInt8]] = [
        "status.html": PackageResources.status_html, "incident.html": PackageResources.incident_html,
        "operators.html": PackageResources.operators_html,
    ]

    static let assets: [String: [UInt8]] = [
        "bars.js": PackageResources.bars_js,
        "base.css": PackageResources.base_css,
        "charts.css": PackageResources.charts_css,
        "check-row.js": PackageResources.check_row_js,
        "contact.js": PackageResources.contact_js,
        "controls.css": PackageResources.controls_css,
        "dom.js": PackageResources.dom_js,
        "drawer.css": PackageResources.drawer_css,
        "groups.js": PackageResources.groups_js,
        "incident-card.js": PackageResources.incident_card_js,
        "incident.css": PackageResources.incident_css,
        "incident.js": PackageResources.incident_js,
        "live.js": PackageResources.live_js,
        "mark.svg": PackageResources.mark_svg,
        "media.css": PackageResources.media_css,
        "operators-media.css": PackageResources.operators_media_css,
        "operators.css": PackageResources.operators_css,
        "operators.js": PackageResources.operators_js,
        "ops-aggregators.js": PackageResources.ops_aggregators_js,
        "ops-api.js": PackageResources.ops_api_js,
        "ops-chart.js": PackageResources.ops_chart_js,
        "ops-checks.js": PackageResources.ops_checks_js,
        "ops-drawer.js": PackageResources.ops_drawer_js,
        "ops-events.js": PackageResources.ops_events_js,
        "ops-forms.js": PackageResources.ops_forms_js,
        "ops-graph.js": PackageResources.ops_graph_js,
        "ops-incidents.js": PackageResources.ops_incidents_js,
        "ops-layers.js": PackageResources.ops_layers_js,
        "ops-maintenance.js": PackageResources.ops_maintenance_js,
        "ops-receivers.js": PackageResources.ops_receivers_js,
        "ops-route.js": PackageResources.ops_route_js,
        "ops-slos.js": PackageResources.ops_slos_js,
        "ops-table.js": PackageResources.ops_table_js,
        "past.js": PackageResources.past_js,
        "scrub.js": PackageResources.scrub_js,
        "states.js": PackageResources.states_js,
        "status.css": PackageResources.status_css,
        "status.js": PackageResources.status_js,
        "subscribe.js": PackageResources.subscribe_js,
        "table.css": PackageResources.table_css,
        "theme.css": PackageResources.theme_css,
        "theme.js": PackageResources.theme_js,
        "time.js": PackageResources.time_js,
        "tooltip.js": PackageResources.tooltip_js,
        "windows.js": PackageResources.windows_js,
    ]
}
