// swift-tools-version: 6.2
import PackageDescription

/// Shared settings: upcoming Swift features, and warnings as errors.
let commonSettings: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .treatAllWarnings(as: .error),
]

let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")
let cryptoExtras = Target.Dependency.product(name: "CryptoExtras", package: "swift-crypto")
let grdb = Target.Dependency.product(name: "GRDB", package: "GRDB.swift")
let heap = Target.Dependency.product(name: "HeapModule", package: "swift-collections")
let deque = Target.Dependency.product(name: "DequeModule", package: "swift-collections")
let orderedCollections = Target.Dependency.product(name: "OrderedCollections", package: "swift-collections")
let sqlite = Target.Dependency.product(name: "GRDBSQLite", package: "GRDB.swift")
let histogram = Target.Dependency.product(name: "Histogram", package: "hdrhistogram-swift")
let lifecycle = Target.Dependency.product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let signals = Target.Dependency.product(name: "UnixSignals", package: "swift-service-lifecycle")
let hummingbird = Target.Dependency.product(name: "Hummingbird", package: "hummingbird")
let http = Target.Dependency.product(name: "HTTPTypes", package: "swift-http-types")
let httpClient = Target.Dependency.product(name: "AsyncHTTPClient", package: "async-http-client")
let jwt = Target.Dependency.product(name: "JWTKit", package: "jwt-kit")
let nio = Target.Dependency.product(name: "NIOCore", package: "swift-nio")
let nioEmbedded = Target.Dependency.product(name: "NIOEmbedded", package: "swift-nio")
let nioHTTP1 = Target.Dependency.product(name: "NIOHTTP1", package: "swift-nio")
let nioHTTP = Target.Dependency.product(name: "NIOHTTPTypes", package: "swift-nio-extras")
let hummingbirdCore = Target.Dependency.product(name: "HummingbirdCore", package: "hummingbird")
let nioHTTPCodec = Target.Dependency.product(name: "NIOHTTPTypesHTTP1", package: "swift-nio-extras")
let nioSSL = Target.Dependency.product(name: "NIOSSL", package: "swift-nio-ssl")
let nioPosix = Target.Dependency.product(name: "NIOPosix", package: "swift-nio")
let structuredFields = Target.Dependency.product(
    name: "RawStructuredFieldValues", package: "swift-http-structured-headers")
let yams = Target.Dependency.product(name: "Yams", package: "Yams")
let arguments = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let metrics = Target.Dependency.product(name: "Metrics", package: "swift-metrics")
let metricsTestKit = Target.Dependency.product(name: "MetricsTestKit", package: "swift-metrics")
let configuration = Target.Dependency.product(name: "Configuration", package: "swift-configuration")

let package = Package(
    name: "waiting-list",
    products: [
        .library(name: "Contracts", targets: ["Contracts"]),
        .executable(name: "ApplicationService", targets: ["ApplicationService"]),
        .executable(name: "WaitlistService", targets: ["WaitlistService"]),
        .executable(name: "NotifierService", targets: ["NotifierService"]),
    ],
    dependencies: [
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/HdrHistogram/hdrhistogram-swift", from: "0.2.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-configuration", from: "1.4.0"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-http-structured-headers", from: "1.7.0"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-extras", from: "1.35.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/vapor/jwt-kit", from: "5.7.1"),
    ],
    targets: [
        // Libraries.
        .target(name: "Contracts", swiftSettings: commonSettings),
        .systemLibrary(name: "CMalloc"),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        .systemLibrary(name: "CRabbitMQ", pkgConfig: "librabbitmq", providers: [.apt(["librabbitmq-dev"])]),
        .target(name: "Broker", dependencies: ["CRabbitMQ", logging, crypto, deque], swiftSettings: commonSettings),
        // A synchronous client for tests and benchmarks; no product contains it.
        .target(name: "BrokerTesting", dependencies: ["Broker", "CRabbitMQ"], swiftSettings: commonSettings),
        .target(
            name: "Ledger",
            dependencies: ["Contracts", grdb, sqlite, logging, lifecycle, crypto, deque, orderedCollections],
            swiftSettings: commonSettings),
        // Callbacks: signatures, the schedule of retries, and where they may go. No input or output.
        .target(name: "Webhooks", dependencies: [crypto], swiftSettings: commonSettings),
        .target(
            name: "ServiceKit",
            dependencies: [
                "CMalloc", "Contracts", "Broker", "Ledger", "Web", "Webhooks", crypto, logging, lifecycle, signals,
                arguments, configuration, metrics, hummingbird,
            ],
            swiftSettings: commonSettings),
        .target(
            name: "Web",
            dependencies: [
                "Contracts", "Webhooks", logging, crypto, deque, metrics, lifecycle, hummingbird, hummingbirdCore, http,
                httpClient, jwt, nio, nioHTTP, nioHTTP1, nioHTTPCodec, structuredFields,
            ],
            swiftSettings: commonSettings),
        // Texts, dates and plural forms in the languages of notifications and of the page.
        .target(
            name: "Wording", dependencies: ["Contracts"],
            resources: [.embedInCode("Texts/ru.json"), .embedInCode("Texts/en.json")], swiftSettings: commonSettings),
        // The page: values in, HTML out. No input or output.
        .target(
            name: "Pages", dependencies: ["Contracts", "Wording", crypto],
            resources: [
                .embedInCode("Texts/ru.json"), .embedInCode("Texts/en.json"), .embedInCode("Assets/page.css"),
                .embedInCode("Assets/page.js"), .embedInCode("Assets/icon.svg"),
            ],
            swiftSettings: commonSettings),
        // /asyncapi.json and /openapi.json, bundled from YAML when Specs is built.
        .target(name: "Specs", path: "specs/Sources", swiftSettings: commonSettings, plugins: ["SpecsPlugin"]),
        .plugin(
            name: "SpecsPlugin", capability: .buildTool(), dependencies: ["BundleSpecs"], path: "specs/Plugin"),
        .executableTarget(
            name: "BundleSpecs", dependencies: [yams], path: "specs/Bundler", swiftSettings: commonSettings),

        // The services, each with its domain as a target of its own.
        .target(
            name: "ApplicationDomain", dependencies: ["Contracts"],
            path: "Sources/ApplicationService/Domain", swiftSettings: commonSettings),
        .executableTarget(
            name: "ApplicationService",
            dependencies: [
                "ApplicationDomain", "CZlib", "Contracts", "Broker", "Ledger", "Pages", "ServiceKit", "Specs", "Web",
                "Webhooks", "Wording", grdb, logging, lifecycle, crypto, hummingbird, http, nio, arguments,
                configuration,
            ],
            path: "Sources/ApplicationService", exclude: ["Domain"], swiftSettings: commonSettings),
        .target(
            name: "WaitlistDomain", dependencies: ["Contracts"],
            path: "Sources/WaitlistService/Domain", swiftSettings: commonSettings),
        .executableTarget(
            name: "WaitlistService",
            dependencies: [
                "WaitlistDomain", "Contracts", "Broker", "Ledger", "ServiceKit", "Web", grdb, logging, lifecycle,
                arguments, configuration,
            ],
            path: "Sources/WaitlistService", exclude: ["Domain"], swiftSettings: commonSettings),
        .target(
            name: "NotifierDomain", dependencies: ["Contracts", "Webhooks", "Wording", deque, heap],
            path: "Sources/NotifierService/Domain", swiftSettings: commonSettings),
        .executableTarget(
            name: "NotifierService",
            dependencies: [
                "NotifierDomain", "Contracts", "Broker", "Ledger", "ServiceKit", "Web", "Webhooks", "Wording", grdb,
                logging, lifecycle, arguments, configuration, crypto, http, httpClient, nio, nioHTTP1, nioSSL,
            ],
            path: "Sources/NotifierService", exclude: ["Domain"], swiftSettings: commonSettings),

        // Those who watch the commonSettings: the story, the yardsticks, the tests.
        .executableTarget(
            name: "Storyteller", dependencies: ["Contracts", "Broker", logging], path: "deploy/Storyteller",
            swiftSettings: commonSettings),
        .executableTarget(
            name: "Bench", dependencies: ["Contracts", "Broker", "BrokerTesting", "TestSupport", logging, histogram],
            path: "Tests/Benchmarks/Bench",
            swiftSettings: commonSettings),
        .executableTarget(name: "BareRelay", dependencies: ["CRabbitMQ"], path: "Tests/Benchmarks/BareRelay"),
        .executableTarget(
            name: "BareHTTP", dependencies: [hummingbird, http, logging], path: "Tests/Benchmarks/BareHTTP",
            swiftSettings: commonSettings),
        .target(name: "SeededRandom", path: "Tests/SeededRandom", swiftSettings: commonSettings),
        .target(
            name: "Fuzzing",
            dependencies: [
                "Contracts", "Broker", "Ledger", "ServiceKit", "NotifierDomain", "WaitlistDomain", "SeededRandom",
                "Wording", arguments, configuration,
            ],
            path: "Tests/Fuzz/Fuzzing", swiftSettings: commonSettings),
        .executableTarget(
            name: "Fuzz", dependencies: ["Fuzzing"], path: "Tests/Fuzz/Fuzz", swiftSettings: commonSettings),
        .target(
            name: "TestSupport",
            dependencies: [
                "Broker", "BrokerTesting", "Contracts", "Ledger", logging, httpClient, nio, nioHTTP1, nioPosix, nioSSL,
            ],
            path: "Tests/TestSupport",
            exclude: ["Faults"], swiftSettings: commonSettings),
        .target(
            name: "ChaosHistory", dependencies: ["Contracts", "SeededRandom"], path: "Tests/Chaos/History",
            swiftSettings: commonSettings),
        .executableTarget(
            name: "Chaos",
            dependencies: [
                "ChaosHistory", "TestSupport", "Broker", "BrokerTesting", "Contracts", "SeededRandom", logging, grdb,
                httpClient, nio, nioHTTP1,
            ],
            path: "Tests/Chaos/Run", swiftSettings: commonSettings),
        .executableTarget(
            name: "Overload",
            dependencies: ["Broker", "BrokerTesting", "Contracts", "TestSupport", nio, nioHTTP1, nioPosix],
            path: "Tests/Overload", swiftSettings: commonSettings),
        .testTarget(name: "WordingTests", dependencies: ["Wording", "Contracts"], swiftSettings: commonSettings),
        .testTarget(
            name: "PagesTests", dependencies: ["Pages", "Contracts", "Wording"], swiftSettings: commonSettings),
        .testTarget(name: "WebhooksTests", dependencies: ["Webhooks", crypto], swiftSettings: commonSettings),
        .testTarget(
            name: "ContractsTests", dependencies: ["Contracts", "TestSupport"], exclude: ["Examples", "Zones"],
            swiftSettings: commonSettings),
        .testTarget(
            name: "BrokerTests", dependencies: ["Broker", "BrokerTesting", "TestSupport", logging, crypto],
            swiftSettings: commonSettings),
        .testTarget(
            name: "ApplicationDomainTests", dependencies: ["ApplicationDomain", "Contracts", "TestSupport"],
            swiftSettings: commonSettings),
        .testTarget(
            name: "WaitlistDomainTests", dependencies: ["WaitlistDomain", "Contracts", "TestSupport"],
            swiftSettings: commonSettings),
        .testTarget(
            name: "NotifierDomainTests",
            dependencies: ["NotifierDomain", "Contracts", "TestSupport", "Webhooks", "Wording"],
            swiftSettings: commonSettings),
        .testTarget(
            name: "WaitlistServiceTests",
            dependencies: ["WaitlistService", "WaitlistDomain", "Contracts", "Ledger", "TestSupport"],
            swiftSettings: commonSettings),
        .testTarget(
            name: "NotifierServiceTests",
            dependencies: [
                "NotifierService", "NotifierDomain", "Contracts", "Ledger", "ServiceKit", "TestSupport", "Web",
                "Webhooks", "Wording", crypto, grdb, lifecycle, logging, nioSSL,
            ],
            swiftSettings: commonSettings),
        .testTarget(
            name: "ProtocolTests", dependencies: ["ApplicationDomain", "WaitlistDomain", "Contracts", "SeededRandom"],
            swiftSettings: commonSettings),
        .testTarget(
            name: "ApplicationServiceTests",
            dependencies: [
                "ApplicationService", "ApplicationDomain", "CZlib", "Ledger", "Pages", "ServiceKit", "Specs",
                "TestSupport", "Web", "Webhooks", "Wording", "Contracts", configuration, crypto, grdb, http,
                hummingbird,
            ],
            swiftSettings: commonSettings),
        .testTarget(
            name: "LedgerTests",
            dependencies: [
                "Ledger", "Contracts", "SeededRandom", "TestSupport", grdb, lifecycle, logging, orderedCollections,
            ],
            swiftSettings: commonSettings),
        .testTarget(
            name: "ForgettingTests",
            dependencies: [
                "ApplicationDomain", "ApplicationService", "WaitlistDomain", "WaitlistService", "NotifierDomain",
                "NotifierService", "Ledger", "Contracts", "TestSupport", "Wording", grdb, logging,
            ],
            swiftSettings: commonSettings),
        .testTarget(
            name: "ResyncTests",
            dependencies: [
                "ApplicationDomain", "ApplicationService", "WaitlistDomain", "WaitlistService", "NotifierDomain",
                "NotifierService", "Ledger", "Contracts", "TestSupport", "SeededRandom", "Wording", grdb, logging,
            ],
            swiftSettings: commonSettings),
        .testTarget(
            name: "QueryPlanTests",
            dependencies: [
                "ApplicationDomain", "ApplicationService", "WaitlistService", "NotifierService", "Ledger", "Contracts",
                "TestSupport", grdb,
            ],
            swiftSettings: commonSettings),
        .testTarget(
            name: "ServiceKitTests",
            dependencies: [
                "ServiceKit", "Ledger", "Broker", "Contracts", "SeededRandom", "TestSupport", logging, metrics,
                arguments, configuration,
            ],
            swiftSettings: commonSettings),
        .testTarget(
            name: "WebTests",
            dependencies: [
                "Web", "Webhooks", "TestSupport", "Contracts", logging, crypto, cryptoExtras, hummingbird,
                hummingbirdCore, http, metricsTestKit, nio, nioEmbedded, nioHTTP, nioHTTP1, nioHTTPCodec, nioPosix,
            ],
            swiftSettings: commonSettings),
        .testTarget(
            name: "SpecsTests", dependencies: ["Specs", "BundleSpecs", "Contracts"], swiftSettings: commonSettings),
        .testTarget(
            name: "FuzzTests", dependencies: ["Fuzzing", "Broker", "CRabbitMQ", "SeededRandom"],
            swiftSettings: commonSettings),
        .testTarget(name: "TidyTests", swiftSettings: commonSettings),
        .testTarget(
            name: "IntegrationTests",
            dependencies: [
                "ApplicationService", "Contracts", "Broker", "BrokerTesting", "Fuzzing", "Pages", "SeededRandom",
                "TestSupport", "Webhooks", crypto, logging, http, httpClient, nio, nioHTTP1,
            ],
            exclude: ["Operations/requirements.txt"],
            swiftSettings: commonSettings),
        .testTarget(name: "ChaosTests", dependencies: ["ChaosHistory", "Contracts"], swiftSettings: commonSettings),
    ]
)
