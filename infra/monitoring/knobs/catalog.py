# SPDX-License-Identifier: Apache-2.0
"""Martlet: all knobs, and the alerts that have none, each with its reason."""
import faults_api
import faults_backups
import faults_bus
import faults_health
import faults_jobs
import faults_ledger
import faults_nodes
import faults_processes

KNOBS = [*faults_processes.KNOBS, *faults_ledger.KNOBS, *faults_bus.KNOBS, *faults_jobs.KNOBS,
         *faults_api.KNOBS, *faults_nodes.KNOBS, *faults_health.KNOBS,
         *faults_backups.KNOBS]

NOT_TURNED = {
    "MartletSeriesDropped": "the programs bound their own labels below the limit; only a handler of somebody's own can reach it",
    "MartletFreezeLate": "a billion transactions take days, and moving the counter by hand is no fault that happens",
    **dict.fromkeys(("MartletDrillLate", "MartletVerificationLate"),
                    "their rule is that of MartletBackupLate, which has a knob; a drill each minute would take the machine from the others"),
    "NodeMemoryLow": "nine tenths of the machine's memory would have to be taken, from whoever else uses it",
}


def check(alerts):
    """Each alert of the rules has a knob or a reason, and none of both is about an alert that does not exist."""
    turned = {knob.alert for knob in KNOBS}
    named = turned | set(NOT_TURNED)
    if missing := sorted(set(alerts) - named):
        raise ValueError(f"alerts without a knob and without a reason: {', '.join(missing)}")
    if unknown := sorted(named - set(alerts)):
        raise ValueError(f"knobs for alerts that the rules do not have: {', '.join(unknown)}")
    if both := sorted(turned & set(NOT_TURNED)):
        raise ValueError(f"alerts with a knob and a reason for none: {', '.join(both)}")
