#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Martlet's Grafana dashboards: written here as lists of panels, and from them as the JSON that Grafana reads.

    generate.py           writes dashboards/*.json
    generate.py --check   says whether they are what this file describes (exit code 1 if not)
"""
import json
import pathlib
import sys

from backup import BACKUP
from health import HEALTH
from panels import lay_out, quantile, rate

HERE = pathlib.Path(__file__).parent / "dashboards"

# A panel: title, unit, what it tells, its queries as (expression, legend), and how it looks (`panels.py`) if not as lines. A text begins a row.
DASHBOARDS = {
    "overview": ("Overview", [
        ("Jobs in and out", "ops", "Recorded, and ended by outcome.", [
            ("sum(martlet:jobs_enqueued:rate5m)", "recorded"),
            ("sum by (outcome) (martlet:queue_finished:rate5m)", "{{outcome}}")]),
        ("Unfinished jobs", "short", "Counted in the ledger every 10 s.", [
            ("sum by (state) (martlet:queue_jobs)", "{{state}}")]),
        ("Oldest job that is due", "s", "How long it has been waiting, by queue.", [
            ("martlet:queue_oldest_available_seconds", "{{queue}}")]),
        ("Start delay, 99 of 100", "s", "From dispatch to the handler's start.", [
            ("martlet:job_start_delay_seconds:p99_5m", "p99")]),
        ("Requests", "reqps", "By status.", [
            ("sum by (status) (martlet:http_requests:rate5m)", "{{status}}")]),
        ("Errors", "percentunit", "Share of the requests under /v1 that failed by our fault.", [
            ("martlet:api_errors:ratio5m", "5xx")]),
        ("Latency, 95 of 100", "s", "Requests under /v1, long polls apart.", [
            ("martlet:http_request_duration_seconds:p95_5m", "p95")]),
        ("Processes", "short", "By service.", [
            ("count by (service) (martlet_build_info)", "{{service}}")]),
        ("Bus in use", "short", "0: a process takes its jobs from the ledger, more slowly.", [
            ("min(martlet_bus_connected)", "bus")]),
    ]),
    "jobs": ("Jobs", [
        ("Unfinished jobs", "short", "By state.", [
            ('sum by (queue, state) (martlet:queue_jobs{queue=~"$queue"})', "{{queue}} {{state}}")]),
        ("Oldest job that is due", "s", "How long it has been waiting.", [
            ('martlet:queue_oldest_available_seconds{queue=~"$queue"}', "{{queue}}")]),
        ("Ended", "ops", "By outcome, as the ledger counts.", [
            ('sum by (queue, outcome) (martlet:queue_finished:rate5m{queue=~"$queue"})', "{{queue}} {{outcome}}")]),
        ("Recorded", "ops", "By kind.", [
            (rate("martlet_jobs_enqueued_total", ["kind"], 'queue=~"$queue"'), "{{kind}}")]),
        ("Attempts", "ops", "By kind and outcome.", [
            (rate("martlet_job_attempts_total", ["kind", "outcome"]), "{{kind}} {{outcome}}")]),
        ("Running", "short", "By worker.", [("martlet_jobs_running", "{{instance}}")]),
        ("Run time, 95 of 100", "s", "By kind.", [(quantile(0.95, "martlet_job_run_seconds", ["kind"]), "{{kind}}")]),
        ("Start delay, 95 of 100", "s", "By kind.", [
            (quantile(0.95, "martlet_job_start_delay_seconds", ["kind"]), "{{kind}}")]),
        ("Jobs in one completion, median", "short", "Larger batches cost the ledger less.", [
            (quantile(0.5, "martlet_completion_batch_jobs", []), "p50")]),
        ("Handed out anew", "ops", "Lost: a worker died. Recalled: the bus forgot. Recovered: an answer was read again.", [
            ("sum(rate(martlet_jobs_lost_total[$__rate_interval]))", "lost"),
            ("sum(rate(martlet_jobs_recalled_total[$__rate_interval]))", "recalled"),
            ("sum(rate(martlet_jobs_recovered_total[$__rate_interval]))", "recovered")]),
        ("Ran twice, or killed", "ops", "Ends that did not count, and poison pills.", [
            ("sum(rate(martlet_jobs_stale_completions_total[$__rate_interval]))", "ran twice"),
            ("sum(rate(martlet_jobs_poisoned_total[$__rate_interval]))", "poison pills")]),
        ("Ways to a worker", "ops", "By the sweeper over the bus, or straight from the ledger; the rest goes over the bus at once.", [
            ("sum(rate(martlet_jobs_pumped_total[$__rate_interval]))", "pumped"),
            ("sum(rate(martlet_jobs_taken_from_ledger_total[$__rate_interval]))", "taken"),
            ("sum(rate(martlet_job_leases_total[$__rate_interval]))", "leases")]),
    ]),
    "ledger": ("Ledger", [
        ("Rows of the live table", "short", "Dead rows are removed by vacuum.", [
            ("max(martlet_ledger_live_rows)", "live"), ("max(martlet_ledger_dead_rows)", "dead")]),
        ("What holds vacuum back", "short", "How many transactions the oldest snapshot lies back.", [
            ("max(martlet_ledger_oldest_snapshot_transactions)", "oldest snapshot")]),
        ("Oldest transaction", "s", "Open for so long.", [("max(martlet_ledger_oldest_transaction_seconds)", "oldest")]),
        ("Transactions", "ops", "Of the whole database.", [
            ("max(rate(martlet_ledger_commits_total[$__rate_interval]))", "commits"),
            ("max(rate(martlet_ledger_rollbacks_total[$__rate_interval]))", "rollbacks"),
            ("max(rate(martlet_ledger_deadlocks_total[$__rate_interval]))", "deadlocks")]),
        ("WAL", "Bps", "Written.", [("max(rate(martlet_ledger_wal_bytes_total[$__rate_interval]))", "WAL")]),
        ("Size", "bytes", "On disk.", [("max(martlet_ledger_size_bytes)", "database")]),
        ("Commits for each job", "short", "Group commit keeps this far below 1 under load.", [
            ("martlet:ledger_commits_per_job:5m", "commits")]),
        ("WAL for each job", "bytes", "", [("martlet:ledger_wal_bytes_per_job:5m", "WAL")]),
        ("Age until freezing", "short", "The server stops at 2 billion transactions.", [
            ("max(martlet_ledger_freeze_age_transactions)", "oldest unfrozen row")]),
        ("Calls", "ops", "By pool.", [(rate("martlet_postgres_call_seconds_count", ["job", "pool"]), "{{job}} {{pool}}")]),
        ("Calls, 95 of 100", "s", "By operation.", [
            (quantile(0.95, "martlet_postgres_call_seconds", ["operation"]), "{{operation}}")]),
        ("Calls that failed", "ops", "By code.", [
            ("sum by (code) (rate(martlet_postgres_errors_total[$__rate_interval])) or vector(0)", "{{code}}")]),
        ("Connections", "short", "Open, and wanted.", [
            ("sum by (job, pool) (martlet_postgres_connections)", "{{job}} {{pool}}"),
            ("sum by (job, pool) (martlet_postgres_connections_wanted)", "{{job}} {{pool}} wanted")]),
        ("Calls under way", "short", "And those that wait for a connection.", [
            ("sum by (job, pool) (martlet_postgres_calls_in_flight)", "{{job}} {{pool}}"),
            ("sum by (job, pool) (martlet_postgres_calls_waiting)", "{{job}} {{pool}} waiting")]),
        ("Who counted last", "s", "How long ago a leading worker counted the unfinished jobs.", [
            ("min(martlet_ledger_sample_age_seconds)", "counted"), ("min(martlet_ledger_leaderless_seconds)", "leaderless")]),
    ]),
    "bus": ("Bus", [
        ("In use", "short", "1: new jobs go over the bus.", [("martlet_bus_connected", "{{instance}}")]),
        ("Entries", "short", "In the queue's streams.", [("sum by (queue) (martlet_bus_entries)", "{{queue}}")]),
        ("In workers' hands", "short", "Taken and not cleared away.", [("sum by (queue) (martlet_bus_pending)", "{{queue}}")]),
        ("Begun anew", "short", "In an hour.", [("max(increase(martlet_bus_generation_changes_total[1h]))", "generations")]),
        ("Commands", "ops", "By the first of each call.", [
            (rate("martlet_redis_call_seconds_count", ["operation"]), "{{operation}}")]),
        ("Commands, 95 of 100", "s", "", [(quantile(0.95, "martlet_redis_call_seconds", ["operation"]), "{{operation}}")]),
        ("Calls that failed", "ops", "By code.", [
            ("sum by (code) (rate(martlet_redis_errors_total[$__rate_interval])) or vector(0)", "{{code}}")]),
        ("Connections", "short", "Connected; made and failed in 5 minutes.", [
            ("sum by (job) (martlet_redis_connected)", "{{job}} connected"),
            ("sum by (job) (increase(martlet_redis_connects_total[5m]))", "{{job}} made"),
            ("sum by (job) (increase(martlet_redis_connect_failures_total[5m]))", "{{job}} failed")]),
        ("Commands under way", "short", "", [("sum by (job) (martlet_redis_commands_in_flight)", "{{job}}")]),
    ]),
    "runtime": ("Runtime", [
        ("Processor", "percentunit", "Cores in use.", [("rate(process_cpu_seconds_total{job=~\"martlet-.+\"}[$__rate_interval])", "{{job}} {{instance}}")]),
        ("Memory", "bytes", "Resident.", [("process_resident_memory_bytes{job=~\"martlet-.+\"}", "{{job}} {{instance}}")]),
        ("Threads", "short", "", [("process_threads{job=~\"martlet-.+\"}", "{{job}} {{instance}}")]),
        ("File descriptors", "percentunit", "Share of what is allowed.", [
            ("process_open_fds{job=~\"martlet-.+\"} / process_max_fds", "{{job}} {{instance}}")]),
        ("Loop lag, 99 of 100", "s", "How long a thread takes to get to new work.", [
            (quantile(0.99, "martlet_loop_lag_seconds", ["job", "loop"]), "{{job}} {{loop}}")]),
        ("Age", "s", "Since the process began.", [("time() - process_start_time_seconds{job=~\"martlet-.+\"}", "{{job}} {{instance}}")]),
        ("Requests", "reqps", "By route.", [(rate("martlet_http_requests_total", ["route", "method"]), "{{method}} {{route}}")]),
        ("Requests, 95 of 100", "s", "By route.", [
            (quantile(0.95, "martlet_http_request_duration_seconds", ["route"]), "{{route}}")]),
        ("Connections and requests", "short", "Open, and under way.", [
            ("sum by (job) (martlet_http_connections)", "{{job}} connections"),
            ("sum by (job) (martlet_http_requests_in_flight)", "{{job}} requests")]),
        ("Calls to the ledger", "short", "Under way, and how many may be.", [
            ("sum by (traffic) (martlet_api_calls_in_flight)", "{{traffic}}"),
            ("sum by (traffic) (martlet_api_limit)", "{{traffic}} limit")]),
        ("Refused", "ops", "By a limit, and because the ledger can't be reached.", [
            ("sum by (traffic) (rate(martlet_api_calls_refused_total[$__rate_interval]))", "{{traffic}}"),
            ("sum(rate(martlet_api_unreachable_refused_total[$__rate_interval]))", "unreachable")]),
        ("Waiting for a commit", "short", "And how many APIs reach the ledger.", [
            ("sum(martlet_enqueue_waiting)", "jobs"), ("sum(martlet_api_ledger_reachable)", "APIs")]),
        ("Log lines lost or left out", "short", "In 5 minutes.", [
            ("sum by (job) (increase(martlet_log_lines_dropped_total[5m]))", "{{job}} lost"),
            ("sum by (job) (increase(martlet_log_lines_suppressed_total[5m]))", "{{job}} left out")]),
        ("Versions", "short", "", [("count by (service, version, commit) (martlet_build_info)", "{{service}} {{version}} {{commit}}")]),
        "Traces",
        ("Spans", "ops", "Exported, or dropped for want of room or of a collector; unsampled ones are nobody's loss.", [
            (rate("martlet_trace_spans_total", ["job", "outcome"]), "{{job}} {{outcome}}")]),
        ("Spans in memory", "short", "Waiting to be sent, at most 8,192; held until it is known whether their trace is kept, at most 16,384.", [
            ("sum by (job) (martlet_trace_spans_waiting)", "{{job}} waiting"),
            ("sum by (job) (martlet_trace_spans_held)", "{{job}} held")]),
        ("Exports", "ops", "Attempts by outcome: each batch is tried five times.", [
            (rate("martlet_trace_exports_total", ["job", "outcome"]), "{{job}} {{outcome}}")]),
        ("Export time", "s", "From an attempt to the collector's answer.", [
            (quantile(0.5, "martlet_trace_export_seconds", ["job"]), "{{job}} p50"),
            (quantile(0.95, "martlet_trace_export_seconds", ["job"]), "{{job}} p95")]),
        ("Exports that failed", "percentunit", "Share of the attempts in 5 minutes; retried or given up.", [
            ('sum by (job) (increase(martlet_trace_exports_total{outcome!="ok"}[5m]))'
             " / (sum by (job) (increase(martlet_trace_exports_total[5m])) > 0)", "{{job}}")]),
    ]),
    "health": ("Health", HEALTH),
    "backup": ("Backups", BACKUP),
    "slo": ("Service levels", [
        ("Errors by window", "percentunit", "The objective allows 0.1 %.", [
            (f"martlet:api_errors:ratio{w}", w) for w in ("5m", "1h", "6h", "3d")]),
        ("Error budget burns", "short", "1 uses the budget up in 30 days; 14.4 pages.", [
            (f"martlet:api_errors:ratio{w} / 0.001", w) for w in ("1h", "6h", "1d", "3d")]),
        ("Slow requests by window", "percentunit", "Longer than half a second; the objective allows 1 %.", [
            (f"martlet:api_slow:ratio{w}", w) for w in ("5m", "30m", "1h", "6h")]),
        ("Latency budget burns", "short", "1 uses the budget up in 30 days; 14.4 pages.", [
            (f"martlet:api_slow:ratio{w} / 0.01", w) for w in ("5m", "30m", "1h", "6h")]),
        ("Requests", "short", "In each window.", [(f"martlet:api_requests:increase{w}", w) for w in ("1h", "1d", "3d")]),
        ("Failed requests", "short", "In each window; fewer than 10 never alert.", [
            (f"martlet:api_errors:increase{w}", w) for w in ("1h", "1d", "3d")]),
        ("Alerts", "short", "That fire now.", [('count by (alertname) (ALERTS{alertstate="firing"}) or vector(0)', "{{alertname}}")]),
    ]),
}


def dashboard(name, title, panels):
    variables = [{"name": "datasource", "type": "datasource", "query": "prometheus", "label": "Source"}]
    if "$queue" in json.dumps(panels):
        variables.append({
            "name": "queue", "type": "query", "label": "Queue", "multi": True, "includeAll": True, "allValue": ".*",
            "datasource": {"type": "prometheus", "uid": "${datasource}"}, "query": "label_values(martlet_queue_jobs, queue)",
            "refresh": 2, "current": {"text": "All", "value": "$__all"},
        })
    return {
        "uid": f"martlet-{name}",
        "title": f"Martlet: {title}",
        "tags": ["martlet"],
        "schemaVersion": 39,
        "refresh": "15s",
        "time": {"from": "now-3h", "to": "now"},
        "templating": {"list": variables},
        "links": [{"type": "dashboards", "tags": ["martlet"], "title": "Martlet", "asDropdown": True}],
        "panels": lay_out(panels),
    }


def main():
    wanted = {
        f"{name}.json": json.dumps(dashboard(name, title, panels), indent=2) + "\n"
        for name, (title, panels) in DASHBOARDS.items()
    }
    if sys.argv[1:] not in ([], ["--check"]):
        sys.exit("usage: generate.py [--check]")
    if not sys.argv[1:]:
        HERE.mkdir(exist_ok=True)
        for name, text in wanted.items():
            (HERE / name).write_text(text)
        return
    present = {path.name: path.read_text() for path in HERE.glob("*.json")}
    wrong = sorted(name for name in wanted.keys() | present.keys() if wanted.get(name) != present.get(name))
    if wrong:
        sys.exit(f"not what generate.py describes (run it without --check): {', '.join(wrong)}")


if __name__ == "__main__":
    main()
