// SPDX-License-Identifier: Apache-2.0
// Martlet: values of backups that can't work together, and what is said of them.

import Testing

extension ChartProblem {
    /// Paths that only look as if they lay on the volume.
    static let besideTheVolume = ["/var/backups/martlet-other", "/var/backups/martlet/../etc"].map { path in
        ChartProblem(
            "backup.stores: file://\(path) is on no volume; allowed: a path below backup.folder.path, with backup.folder.enabled",
            on: "backups-by-service",
            HelmValue(
                "backup",
                [
                    "folder": ["enabled": true],
                    "stores": [
                        "file:///var/backups/martlet", "file:///var/backups/martlet/one", .text("file://\(path)"),
                    ],
                ]
            )
        )
    }

    static let ofBackups = [
        ChartProblem(
            "backup.runs.verify.args: is for Jobs, and the service does the runs; allowed: none, or backup.runBy cronjob",
            on: "backups-by-service",
            HelmValue("backup.runs.verify.args", ["--deep"])
        ),
        ChartProblem(
            "backup.serve.receive: the log is of no use to logical backups; allowed: false, or backup.method physical",
            on: "prod",
            HelmValue("backup.serve.receive", true)
        ),
        ChartProblem(
            "backup.runBy: serve does nothing while backup.serve.enabled is false; allowed: cronjob, or backup.serve.enabled",
            on: "prod",
            HelmValue("backup", ["runBy": "serve", "serve": ["enabled": false]])
        ),
        ChartProblem(
            "backup.runs.export.schedule: the service makes exports after backups, not by themselves; allowed: \"\", or "
                + "backup.runBy cronjob",
            on: "backups-by-service",
            HelmValue("backup.runs.export.schedule", "0 1 * * *")
                .merged(HelmValue("backup.secrets.MARTLET_BACKUP_SIGNING_KEY", [:]))
        ),
        ChartProblem(
            "backup.runs.export.schedule: nothing signs exports; allowed: \"\", or MARTLET_BACKUP_SIGNING_KEY among backup.secrets",
            on: "prod",
            HelmValue("backup.runs.export.schedule", "0 1 * * *")
        ),
        ChartProblem(
            "backup.secrets: nothing encrypts backups; allowed: MARTLET_BACKUP_KEYS, backup.kms.keys, or "
                + "backup.settings.MARTLET_BACKUP_ENCRYPTION none",
            on: "backups-by-service",
            HelmValue("backup.secrets.MARTLET_BACKUP_KEYS", nil)
        ),
        ChartProblem(
            "backup.stores: file:///elsewhere is on no volume; allowed: a path below backup.folder.path, with backup.folder.enabled",
            on: "backups-by-service",
            HelmValue("backup.stores", ["file:///elsewhere"])
        ),
        ChartProblem(
            "backup.networkPolicy.store.ports: a store listens on 9000, which is closed; allowed: with 9000",
            on: "prod",
            HelmValue("backup.stores", ["s3://bucket/martlet?style=path&endpoint=http://minio.store.svc:9000"])
        ),
        ChartProblem(
            "backup.networkPolicy.store.ports: a store listens on 80, which is closed; allowed: with 80",
            on: "prod",
            HelmValue("backup.stores", ["s3://bucket/martlet?endpoint=http://minio.store.svc"])
        ),
        ChartProblem(
            "backup.folder: no store is in it; allowed: false, or file:///var/backups/martlet among backup.stores",
            on: "backups-by-service",
            HelmValue("backup.folder.enabled", true)
        ),
        ChartProblem(
            "backup.folder.accessModes: runs may be on another node than the service; allowed: ReadWriteMany, or "
                + "backup.runBy serve",
            on: "physical-backups",
            HelmValue("backup.folder.accessModes", ["ReadWriteOnce"])
        ),
        ChartProblem(
            "global.heartbeats.enabled: nobody hears them without aggregators; allowed: false, or health.enabled",
            on: "physical-backups",
            HelmValue("health.enabled", false)
        ),
    ]

    /// Each place of a schedule, and each way to be wrong there.
    static let ofSchedules = [
        ("61 * * * *", "\"61\" is no minute; allowed: *, 0 to 59"),
        ("30-10 * * * *", "\"30-10\" is no minute; allowed: *, 0 to 59"),
        ("*/0 * * * *", "\"*/0\" is no minute; allowed: *, 0 to 59"),
        ("1,,2 * * * *", "\"\" is no minute; allowed: *, 0 to 59"),
        ("0 24 * * *", "\"24\" is no hour; allowed: *, 0 to 23"),
        ("0 0 0 * *", "\"0\" is no day of the month; allowed: *, 1 to 31"),
        ("0 0 L * *", "\"L\" is no day of the month; allowed: *, 1 to 31"),
        ("0 0 1 jan1 *", "\"jan1\" is no month; allowed: *, 1 to 12, jan feb mar apr may jun jul aug sep oct nov dec"),
        ("0 0 * * 7", "\"7\" is no day of the week; allowed: *, 0 to 6, sun mon tue wed thu fri sat"),
    ].map { schedule, words in
        ChartProblem(
            "backup.runs.backup.schedule: \(words), ranges that rise such as 2-4, steps such as */2, and lists of these",
            on: "prod",
            HelmValue("backup.runs.backup.schedule", .text(schedule))
        )
    }
}
