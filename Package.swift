// swift-tools-version: 6.2
import PackageDescription

/// One language for every room: what Swift will make the default, today, and no warning left standing.
let house: [SwiftSetting] = [
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
let sqlite = Target.Dependency.product(name: "GRDBSQLite", package: "GRDB.swift")
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
let nioPosix = Target.Dependency.product(name: "NIOPosix", package: "swift-nio")
let yams = Target.Dependency.product(name: "Yams", package: "Yams")
let arguments = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let metrics = Target.Dependency.product(name: "Metrics", package: "swift-metrics")
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
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-configuration", from: "1.4.0"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-extras", from: "1.35.2"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/vapor/jwt-kit", from: "5.7.1"),
    ],
    targets: [
        // What every room speaks, and the rooms that know one thing each.
        .target(name: "Contracts", swiftSettings: house),
        .systemLibrary(name: "CRabbitMQ", pkgConfig: "librabbitmq", providers: [.apt(["librabbitmq-dev"])]),
        .target(name: "Broker", dependencies: ["CRabbitMQ", logging, crypto], swiftSettings: house),
        .target(name: "Ledger", dependencies: ["Contracts", grdb, sqlite, logging, crypto], swiftSettings: house),
        .target(
            name: "ServiceKit",
            dependencies: [
                "Contracts", "Broker", "Ledger", "Web", logging, lifecycle, signals, arguments,
                configuration, metrics, hummingbird,
            ],
            swiftSettings: house),
        .target(
            name: "Web",
            dependencies: [
                "Contracts", logging, crypto, metrics, lifecycle, hummingbird, hummingbirdCore, http, httpClient, jwt,
                nio, nioHTTP, nioHTTP1,
            ],
            swiftSettings: house),
        .target(
            name: "Specs", dependencies: ["Contracts", yams], path: "specs",
            exclude: [
                "check", "contract.md", "diagrams.md", "glossary.md", "invariants.md", "waitlist.pml", "validate.py",
                "validate_http.py",
                "wrong_answers.py",
            ],
            resources: [.embedInCode("asyncapi.yaml"), .embedInCode("openapi.yaml"), .embedInCode("messages")],
            swiftSettings: house),

        // The services: a pure domain each, and the door and the store around it.
        .target(
            name: "ApplicationDomain", dependencies: ["Contracts"],
            path: "Sources/ApplicationService/Domain", swiftSettings: house),
        .executableTarget(
            name: "ApplicationService",
            dependencies: [
                "ApplicationDomain", "Contracts", "Broker", "Ledger", "ServiceKit", "Web", "Specs", grdb, logging,
                lifecycle, crypto, hummingbird, http, nio, arguments, configuration,
            ],
            path: "Sources/ApplicationService", exclude: ["Domain"], swiftSettings: house),
        .target(
            name: "WaitlistDomain", dependencies: ["Contracts"],
            path: "Sources/WaitlistService/Domain", swiftSettings: house),
        .executableTarget(
            name: "WaitlistService",
            dependencies: [
                "WaitlistDomain", "Contracts", "Broker", "Ledger", "ServiceKit", "Web", grdb, logging, lifecycle,
                arguments, configuration,
            ],
            path: "Sources/WaitlistService", exclude: ["Domain"], swiftSettings: house),
        .target(
            name: "NotifierDomain", dependencies: ["Contracts"],
            path: "Sources/NotifierService/Domain",
            resources: [.embedInCode("Texts/ru.json"), .embedInCode("Texts/en.json")], swiftSettings: house),
        .executableTarget(
            name: "NotifierService",
            dependencies: [
                "NotifierDomain", "Contracts", "Broker", "Ledger", "ServiceKit", "Web", grdb, logging, lifecycle,
                arguments, configuration,
            ],
            path: "Sources/NotifierService", exclude: ["Domain"], swiftSettings: house),

        // Those who watch the house: the story, the yardsticks, the tests.
        .executableTarget(
            name: "Storyteller", dependencies: ["Contracts", "Broker", logging], path: "deploy/Storyteller",
            swiftSettings: house),
        .executableTarget(
            name: "Bench", dependencies: ["Contracts", "Broker", logging], path: "Tests/Benchmarks/Bench",
            swiftSettings: house),
        .executableTarget(name: "BareRelay", dependencies: ["CRabbitMQ"], path: "Tests/Benchmarks/BareRelay"),
        .executableTarget(
            name: "BareHTTP", dependencies: [hummingbird, http, logging], path: "Tests/Benchmarks/BareHTTP",
            swiftSettings: house),
        .target(
            name: "Fuzzing",
            dependencies: [
                "Contracts", "Broker", "Ledger", "ServiceKit", "NotifierDomain", "WaitlistDomain", arguments,
                configuration,
            ],
            path: "Tests/Fuzz/Fuzzing", swiftSettings: house),
        .executableTarget(name: "Fuzz", dependencies: ["Fuzzing"], path: "Tests/Fuzz/Fuzz", swiftSettings: house),
        .target(
            name: "TestSupport", dependencies: ["Broker", "Contracts", "Ledger", logging], path: "Tests/TestSupport",
            exclude: ["Faults"], swiftSettings: house),
        .target(
            name: "ChaosHistory", dependencies: ["Contracts"], path: "Tests/Chaos/History", swiftSettings: house),
        .executableTarget(
            name: "Chaos", dependencies: ["ChaosHistory", "TestSupport", "Broker", "Contracts", logging],
            path: "Tests/Chaos/Run", swiftSettings: house),
        .testTarget(
            name: "ContractsTests", dependencies: ["Contracts"], exclude: ["Examples"], swiftSettings: house),
        .testTarget(
            name: "BrokerTests", dependencies: ["Broker", "TestSupport", logging, crypto], swiftSettings: house),
        .testTarget(
            name: "ApplicationDomainTests", dependencies: ["ApplicationDomain", "Contracts", "TestSupport"],
            swiftSettings: house),
        .testTarget(
            name: "WaitlistDomainTests", dependencies: ["WaitlistDomain", "Contracts", "TestSupport"],
            swiftSettings: house),
        .testTarget(
            name: "NotifierDomainTests", dependencies: ["NotifierDomain", "Contracts", "TestSupport"],
            swiftSettings: house),
        .testTarget(
            name: "ProtocolTests", dependencies: ["ApplicationDomain", "WaitlistDomain", "Contracts", "ChaosHistory"],
            swiftSettings: house),
        .testTarget(
            name: "ApplicationServiceTests",
            dependencies: ["ApplicationService", "ApplicationDomain", "ServiceKit", "Specs", "Web", "Contracts", http],
            swiftSettings: house),
        .testTarget(
            name: "LedgerTests", dependencies: ["Ledger", "Contracts", "TestSupport", grdb, logging],
            swiftSettings: house),
        .testTarget(
            name: "ServiceKitTests",
            dependencies: [
                "ServiceKit", "Ledger", "Broker", "Contracts", "TestSupport", logging, metrics, arguments,
                configuration,
            ],
            swiftSettings: house),
        .testTarget(
            name: "WebTests",
            dependencies: [
                "Web", "TestSupport", "Contracts", logging, crypto, cryptoExtras, hummingbird, hummingbirdCore, http,
                nio,
                nioEmbedded, nioHTTP, nioHTTP1, nioHTTPCodec, nioPosix,
            ],
            swiftSettings: house),
        .testTarget(name: "SpecsTests", dependencies: ["Specs", "Contracts"], swiftSettings: house),
        .testTarget(
            name: "FuzzTests", dependencies: ["Fuzzing", "Broker", "CRabbitMQ"], swiftSettings: house),
        .testTarget(name: "TidyTests", swiftSettings: house),
        .testTarget(
            name: "IntegrationTests",
            dependencies: [
                "ApplicationService", "Contracts", "Broker", "Fuzzing", "TestSupport", logging, http, httpClient, nio,
                nioHTTP1,
            ],
            swiftSettings: house),
        .testTarget(name: "ChaosTests", dependencies: ["ChaosHistory", "Contracts"], swiftSettings: house),
    ]
)
