// swift-tools-version: 6.2
import PackageDescription

let settings: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .treatAllWarnings(as: .error),
]

let configuration = Target.Dependency.product(name: "Configuration", package: "swift-configuration")
let coreMetrics = Target.Dependency.product(name: "CoreMetrics", package: "swift-metrics")
let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")
let deque = Target.Dependency.product(name: "DequeModule", package: "swift-collections")
let heap = Target.Dependency.product(name: "HeapModule", package: "swift-collections")
let httpClient = Target.Dependency.product(name: "AsyncHTTPClient", package: "async-http-client")
let httpTypes = Target.Dependency.product(name: "HTTPTypes", package: "swift-http-types")
let hummingbird = Target.Dependency.product(name: "Hummingbird", package: "hummingbird")
let hummingbirdCore = Target.Dependency.product(name: "HummingbirdCore", package: "hummingbird")
let hummingbirdTesting = Target.Dependency.product(name: "HummingbirdTesting", package: "hummingbird")
let lifecycle = Target.Dependency.product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let lifecycleTestKit = Target.Dependency.product(name: "ServiceLifecycleTestKit", package: "swift-service-lifecycle")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let nio = Target.Dependency.product(name: "NIOCore", package: "swift-nio")
let nioHTTP = Target.Dependency.product(name: "NIOHTTP1", package: "swift-nio")
let nioHTTPTypes = Target.Dependency.product(name: "NIOHTTPTypes", package: "swift-nio-extras")
let nioPosix = Target.Dependency.product(name: "NIOPosix", package: "swift-nio")
let nioTLS = Target.Dependency.product(name: "NIOTLS", package: "swift-nio")
let nioSSL = Target.Dependency.product(name: "NIOSSL", package: "swift-nio-ssl")
let tracing = Target.Dependency.product(name: "Tracing", package: "swift-distributed-tracing")
let signals = Target.Dependency.product(name: "UnixSignals", package: "swift-service-lifecycle")

/// The files of the status page, which are built into the program.
let pages = [
    "status.html", "incident.html", "operators.html", "assets/backups.css", "assets/backups.js", "assets/bars.js",
    "assets/base.css", "assets/charts.css",
    "assets/check-row.js", "assets/contact.js", "assets/controls.css", "assets/dom.js", "assets/drawer.css",
    "assets/groups.js", "assets/incident-card.js", "assets/incident.css", "assets/incident.js", "assets/live.js",
    "assets/mark.svg", "assets/media.css", "assets/operators-media.css", "assets/operators.css",
    "assets/operators.js", "assets/ops-aggregators.js", "assets/ops-api.js", "assets/ops-backups.js",
    "assets/ops-chart.js",
    "assets/ops-checks.js", "assets/ops-drawer.js", "assets/ops-events.js", "assets/ops-forms.js",
    "assets/ops-graph.js", "assets/ops-incidents.js", "assets/ops-layers.js", "assets/ops-maintenance.js",
    "assets/ops-receivers.js", "assets/ops-route.js", "assets/ops-slos.js", "assets/ops-table.js", "assets/past.js",
    "assets/scrub.js", "assets/states.js", "assets/status.css", "assets/status.js", "assets/subscribe.js",
    "assets/table.css", "assets/theme.css", "assets/theme.js", "assets/time.js", "assets/tooltip.js",
    "assets/windows.js",
]

let package = Package(
    name: "martlet",
    platforms: [.macOS(.v15)],
    products: [
        .executable(name: "martlet-api", targets: ["API"]),
        .executable(name: "martlet-worker", targets: ["Worker"]),
        .executable(name: "martlet-health", targets: ["HealthService"]),
        .executable(name: "martlet-backup", targets: ["BackupService"]),
        .executable(name: "martlet-bench", targets: ["Bench"]),
        .library(name: "Jobs", targets: ["Jobs"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        .package(
            url: "https://github.com/apple/swift-configuration",
            from: "1.4.0",
            traits: ["CommandLineArguments"]
        ),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.0"),
        .package(url: "https://github.com/apple/swift-distributed-tracing", from: "1.7.0"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.0"),
        .package(url: "https://github.com/apple/swift-nio-extras", from: "1.35.0"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.0", traits: []),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: [
        .systemLibrary(
            name: "CLibPQ",
            path: "Shared/CLibPQ",
            pkgConfig: "libpq",
            providers: [.apt(["libpq-dev"])]
        ),
        .systemLibrary(
            name: "CHiredis",
            path: "Shared/CHiredis",
            providers: [.apt(["libhiredis-dev"])]
        ),
        .target(name: "CLinux", path: "Shared/CLinux"),
        .systemLibrary(name: "CZlib", path: "Shared/CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        .systemLibrary(name: "CYAML", path: "Shared/CYAML", pkgConfig: "yaml-0.1", providers: [.apt(["libyaml-dev"])]),
        .room("YAML", ["CYAML"]),
        .room(
            "Platform",
            ["CLinux", "YAML", configuration, coreMetrics, crypto, lifecycle, logging, signals, tracing]
        ),
        .room("Resilience", []),
        .room("Postgres", ["CLibPQ", "CLinux", deque, heap, lifecycle, logging]),
        .room("Redis", ["CHiredis", deque, lifecycle, logging, nio, nioPosix, nioSSL]),
        .systemLibrary(
            name: "CZstd",
            path: "Shared/CZstd",
            pkgConfig: "libzstd",
            providers: [.apt(["libzstd-dev"])]
        ),
        .systemLibrary(name: "CLZ4", path: "Shared/CLZ4", pkgConfig: "liblz4", providers: [.apt(["liblz4-dev"])]),
        .room(
            "ObjectStore",
            [
                "CLinux", "Platform", "Resilience", crypto, httpClient, logging, nio, nioHTTP, nioPosix, nioSSL,
            ]
        ),
        .room(
            "Recovery",
            [
                "CLZ4", "CLinux", "CZstd", "Jobs", "ObjectStore", "Platform", "Postgres", "Resilience", crypto,
                httpClient, lifecycle, logging, nio, nioHTTP, nioPosix,
            ]
        ),
        .room(
            "Jobs",
            ["Platform", "Postgres", "Redis", deque, lifecycle, logging, nio, tracing],
            resources: [
                .embedInCode("Migrations/0001_ledger.sql"), .embedInCode("Migrations/0002_partition_locks.sql"),
                .embedInCode("Migrations/0003_finish_times.sql"), .embedInCode("Migrations/0004_health.sql"),
                .embedInCode("Migrations/0005_subscriptions.sql"), .embedInCode("Migrations/0006_commands.sql"),
                .embedInCode("Migrations/0007_backups.sql"),
            ]
        ),
        .room(
            "Health",
            [
                "Jobs", "Platform", "Postgres", "Redis", "YAML", crypto, heap, lifecycle, logging, nio, nioHTTP,
                nioPosix, nioSSL, nioTLS,
            ]
        ),
        .room(
            "Web",
            [
                "CZlib", "Platform", crypto, httpClient, httpTypes, hummingbird, hummingbirdCore, lifecycle, logging,
                nio,
                nioHTTP,
                nioHTTPTypes, tracing,
            ]
        ),
        .program(
            "API",
            [
                "Jobs", "Platform", "Postgres", "Redis", "Resilience", "Web", crypto, httpTypes, hummingbird, lifecycle,
                logging, nio, nioPosix,
            ]
        ),
        .program(
            "Worker",
            [
                "Jobs", "Platform", "Postgres", "Redis", "Resilience", "Web", crypto, httpClient, lifecycle, logging,
                nio, nioHTTP,
                nioPosix, nioSSL, tracing,
            ]
        ),
        .executableTarget(
            name: "HealthService",
            dependencies: [
                "Health", "Jobs", "Platform", "Postgres", "Redis", "Resilience", "Web", httpTypes, hummingbird,
                lifecycle, logging, nio,
                nioPosix,
            ],
            path: "Services/Health",
            resources: pages.map { .embedInCode("Pages/\($0)") },
            swiftSettings: settings
        ),
        .executableTarget(
            name: "BackupService",
            dependencies: [
                "CLinux", "Jobs", "ObjectStore", "Platform", "Postgres", "Recovery", "Resilience", "Web", httpClient,
                httpTypes, hummingbird, lifecycle, logging, nio, nioHTTP, nioPosix, signals,
            ],
            path: "Services/Backup",
            swiftSettings: settings
        ),
        .executableTarget(
            name: "Bench",
            dependencies: [
                "Jobs", "Platform", "Postgres", "Redis", lifecycle, logging, nio, nioHTTP, nioPosix, signals,
            ],
            path: "Benchmarks/Bench",
            swiftSettings: settings
        ),
        .executableTarget(
            name: "Greeter",
            dependencies: ["Jobs", "Platform", "Postgres", "Redis", logging],
            path: "docs/examples/Greeter",
            swiftSettings: settings
        ),
        .target(
            name: "TestSupport",
            dependencies: ["Platform", "Postgres", "Redis", logging, nio],
            path: "Tests/Support",
            swiftSettings: settings
        ),
        .tests(
            "Platform",
            [
                "TestSupport", coreMetrics, lifecycle, lifecycleTestKit, logging, signals, tracing,
                .product(name: "Metrics", package: "swift-metrics"),
            ]
        ),
        .tests("Resilience", ["TestSupport"]),
        .tests("YAML", ["TestSupport"]),
        .tests(
            "Web",
            ["Platform", "TestSupport", httpTypes, hummingbird, hummingbirdTesting, lifecycle, logging, nio, tracing]
        ),
        .tests(
            "API",
            [
                "Jobs", "Platform", "Postgres", "Redis", "Resilience", "TestSupport", "Web", crypto, httpTypes,
                hummingbird, hummingbirdTesting, lifecycle, lifecycleTestKit, logging, nio, nioPosix,
            ]
        ),
        .suites("FaultTests", ["Jobs", "Platform", "Postgres", "Redis", "TestSupport"]),
        .suites("DocumentationTests", ["Greeter", "TestSupport"]),
        .tests(
            "BackupService",
            [
                "Jobs", "ObjectStore", "Platform", "Postgres", "Recovery", "TestSupport", "Web", logging, nio,
            ]
        ),
        .suites("DeployTests", ["TestSupport", "YAML"]),
        .tests("Bench", ["Jobs", "Postgres", "TestSupport", nio]),
        .tests(
            "Health",
            [
                "Jobs", "Platform", "Postgres", "Redis", "TestSupport", crypto, lifecycle, logging, nio, nioHTTP,
                nioPosix,
                nioSSL, nioTLS,
            ]
        ),
        .tests(
            "HealthService",
            [
                "Health", "Jobs", "Platform", "Postgres", "TestSupport", "Web", httpTypes, hummingbird,
                hummingbirdTesting, logging, nio, nioPosix,
            ]
        ),
        // Killed and measured by the tests of stores.
        .executableTarget(
            name: "StoreWriter",
            dependencies: ["ObjectStore"],
            path: "Tests/Programs/StoreWriter",
            swiftSettings: settings
        ),
        .tests(
            "ObjectStore",
            ["Platform", "Resilience", "StoreWriter", "TestSupport", crypto, logging, nio, nioHTTP, nioPosix]
        ),
        .tests("Postgres", ["TestSupport", lifecycle, logging]),
        .tests("Recovery", ["Jobs", "ObjectStore", "Platform", "Postgres", "TestSupport", crypto, logging]),
        .tests("Redis", ["TestSupport", lifecycle, logging, nio, nioPosix]),
        .tests(
            "Worker",
            ["Jobs", "Platform", "Resilience", "TestSupport", crypto, logging, nio, nioHTTP, nioPosix, nioSSL]
        ),
        .tests("Jobs", ["Platform", "Postgres", "Redis", "TestSupport", lifecycle, logging, nio]),
    ]
)

extension Target {
    /// A shared room: `Shared/<name>`.
    static func room(_ name: String, _ dependencies: [Dependency], resources: [Resource] = []) -> Target {
        .target(
            name: name,
            dependencies: dependencies,
            path: "Shared/\(name)",
            resources: resources,
            swiftSettings: settings
        )
    }

    /// A program: `Services/<name>`.
    static func program(_ name: String, _ dependencies: [Dependency]) -> Target {
        .executableTarget(name: name, dependencies: dependencies, path: "Services/\(name)", swiftSettings: settings)
    }

    /// The tests of a room or a program: `Tests/<name>Tests`.
    static func tests(_ name: String, _ dependencies: [Dependency]) -> Target {
        .suites("\(name)Tests", [.target(name: name)] + dependencies)
    }

    /// Tests of more than one room: `Tests/<name>`.
    static func suites(_ name: String, _ dependencies: [Dependency]) -> Target {
        .testTarget(name: name, dependencies: dependencies, path: "Tests/\(name)", swiftSettings: settings)
    }
}
