# SPDX-License-Identifier: Apache-2.0
"""The dashboard of the health aggregators: what they find, whether they keep up, who decides, and whether people hear of it.

Every aggregator shows the same of checks and objectives, so these take the maximum; work in hand is each one's own.
"""
from panels import SIGNED, STATE_BARS, quantile, rate

HEALTH = [
    "Checks",
    ("Checks by state", "short", "As the status page shows them.", [
        ("max by (state) (martlet_health_checks_by_state)", "{{state}}")]),
    ("The worst checks", "short", "The 50 that are worst; maintenance does not hide them here.", [
        ("topk(50, max by (check) (martlet_health_check_state))", "{{check}}")], STATE_BARS),
    ("Open incidents", "short", "And advisories: what only a minority of the locations finds.", [
        ("max(martlet_health_incidents_open)", "incidents"), ("max(martlet_health_advisories)", "advisories")]),
    ("Age of heartbeats", "s", "Since the last report of each.", [
        ("max by (check) (martlet_health_heartbeat_age_seconds)", "{{check}}")]),

    "Probes",
    ("Probes", "ops", "By kind.", [(rate("martlet_health_probes_total", ["kind"]), "{{kind}}")]),
    ("Probes that did not find all well", "percentunit", "Share by kind and finding.", [
        ('(sum by (kind, status) (rate(martlet_health_probes_total{status!="up"}[$__rate_interval]))'
         " / on (kind) group_left sum by (kind) (rate(martlet_health_probes_total[$__rate_interval]))) or vector(0)", "{{kind}} {{status}}")]),
    ("Probe time, 95 of 100", "s", "By kind.", [
        (quantile(0.95, "martlet_health_probe_duration_seconds", ["kind"]), "{{kind}}")]),
    ("Probe time, median", "s", "By kind.", [
        (quantile(0.5, "martlet_health_probe_duration_seconds", ["kind"]), "{{kind}}")]),
    ("Late probes", "s", "How late the most overdue one is.", [("martlet_health_probe_lag_seconds", "{{instance}}")]),
    ("Probes under way", "short", "At most 256 in each aggregator.", [("martlet_health_probes_running", "{{instance}}")]),

    "Aggregators",
    ("Who decides", "short", "One of them should; 0 and 2 alert.", [
        ("martlet_health_leading", "{{instance}}"), ("sum(martlet_health_leading)", "all")]),
    ("Members", "short", "Aggregators that are alive, as each one sees it, and how many answer.", [
        ("martlet_health_members", "{{instance}} sees"), ('count(martlet_build_info{service="martlet-health"})', "answer")]),
    ("Shares", "short", "Checks that each one looks at.", [("martlet_health_checks", "{{instance}}")]),
    ("History that waits", "short", "Minutes of checks in memory, the open one of each check among them; there is room for 30,000.", [
        ("martlet_health_minutes_waiting", "{{instance}}")]),
    ("History lost", "short", "Findings for which there was no room, in 5 minutes.", [
        ("sum by (instance) (increase(martlet_health_findings_lost_total[5m]))", "{{instance}}")]),
    ("Processor", "percentunit", "Cores in use.", [
        ('rate(process_cpu_seconds_total{job="martlet-health"}[$__rate_interval])', "{{instance}}")]),

    "Telling people",
    ("Attempts to tell", "ops", "By channel and outcome.", [
        (rate("martlet_health_deliveries_total", ["channel", "outcome"]) + " > 0 or vector(0)", "{{channel}} {{outcome}}")]),
    ("Attempts that failed", "short", "In 5 minutes; retried ones are tried again, rejected ones are not.", [
        ('sum by (channel, outcome) (increase(martlet_health_deliveries_total{outcome!="delivered"}[5m]))', "{{channel}} {{outcome}}")]),
    ("Waiting to be told", "short", "Outbox: on the way to be jobs. Courier: in memory, while there is no ledger.", [
        ('max(martlet_health_notifications_waiting{place="outbox"})', "outbox"),
        ('sum by (instance) (martlet_health_notifications_waiting{place="courier"})', "courier {{instance}}")]),
    ("Jobs that tell", "short", "Unfinished ones in the aggregators' queue, by state.", [
        ('sum by (state) (martlet:queue_jobs{queue="martlet.health"})', "{{state}}")]),
    ("Time of a job that tells, 95 of 100", "s", "The receiver's answer included.", [
        (quantile(0.95, "martlet_job_run_seconds", ["kind"], 'kind="health.notify"'), "{{kind}}")]),

    "Objectives",
    ("Error budgets", "percentunit", "What is left, without maintenance; below zero it is overdrawn.", [
        ("max by (objective) (martlet_health_error_budget_remaining_ratio)", "{{objective}}")],
     SIGNED),
    ("Burn rates, fast", "short", "Over an hour and 5 minutes; both at 14.4 use 2 % of a budget in an hour.", [
        ('max by (objective, window) (martlet_health_burn_rate{window=~"1h|5m"})', "{{objective}} {{window}}")]),
    ("Burn rates, slow", "short", "1 uses the budget up in exactly the objective's window.", [
        ('max by (objective, window) (martlet_health_burn_rate{window!~"1h|5m"})', "{{objective}} {{window}}")]),
]
