# SPDX-License-Identifier: Apache-2.0
"""The dashboard of backups: whether there is a good one, what drills measured, and how far the WAL in the store is behind.

Runs leave their figures in files or at a Pushgateway, and several places may show the same: all take the maximum.
"""


def age(kinds):
    """How long ago something succeeded last."""
    return f'time() - max by (system, kind) (martlet_backup_last_success_timestamp_seconds{{kind=~"{kinds}"}})'


BACKUP = [
    "Is there a good one?",
    ("Age of the newest backup", "s", "By method.", [(age("physical|logical"), "{{kind}} {{system}}")]),
    ("Age of the last good drill", "s", "A backup was restored, and what came out was right.", [(age("drill"), "{{system}}")]),
    ("Age of the last good verification", "s", "All bytes of a backup were read.", [(age("verify"), "{{system}}")]),
    ("Backups", "short", "In the store.", [
        ("max by (system, kind) (martlet_backup_retained)", "{{kind}} {{system}}")]),
    ("Not good", "short", "Damaged or unreadable; unfinished: under way or cut off.", [
        ("max by (system) (martlet_backup_damaged)", "damaged {{system}}"),
        ("max by (system) (martlet_backup_unfinished)", "unfinished {{system}}")]),
    ("Runs that failed", "short", "1 while the last run of a kind did not succeed.", [
        ("1 - min by (system, kind) (martlet_backup_last_run_succeeded)", "{{kind}} {{system}}")]),

    "What a recovery would be like",
    ("RPO that drills measure", "s", "How old the newest thing restored was, and what is allowed.", [
        ("max by (system) (martlet_backup_rpo_seconds)", "measured {{system}}"),
        ("max by (system) (martlet_backup_rpo_objective_seconds)", "allowed {{system}}")]),
    ("RTO that drills measure", "s", "From the beginning to a server that passed its checks, and what is allowed.", [
        ("max by (system) (martlet_backup_rto_seconds)", "measured {{system}}"),
        ("max by (system) (martlet_backup_rto_objective_seconds)", "allowed {{system}}")]),
    ("WAL that the store lacks", "s", "What would be lost with the server now.", [
        ("max by (system) (martlet_backup_wal_lag_seconds)", "{{system}}")]),
    ("WAL that the store lacks, bytes", "bytes", "", [("max by (system) (martlet_backup_wal_lag_bytes)", "{{system}}")]),
    ("Stores that answer", "short", "1 when the store answered `serve`, 0 when it is away.", [
        ("min by (store) (martlet_backup_store_up)", "{{store}}")]),
    ("Gaps in the WAL", "short", "No moment behind a gap can be restored from a backup before it.", [
        ("max by (system) (martlet_backup_wal_gaps)", "{{system}}")]),

    "What it costs",
    ("Time of the last run", "s", "By kind.", [("max by (system, kind) (martlet_backup_last_run_seconds)", "{{kind}} {{system}}")]),
    ("Size of the newest backup", "bytes", "Before compression, and stored.", [
        ("max by (system, kind) (martlet_backup_plain_bytes)", "{{kind}} plain {{system}}"),
        ("max by (system, kind) (martlet_backup_stored_bytes)", "{{kind}} stored {{system}}")]),
    ("Bytes of all backups", "bytes", "Without WAL.", [
        ("max by (system, kind) (martlet_backup_retained_bytes)", "{{kind}} {{system}}")]),
    ("Runs", "short", "In an hour, where a program goes on running.", [
        ("sum by (kind, result) (increase(martlet_backup_runs_total[1h]))", "{{kind}} {{result}}")]),
]
