// swift-tools-version: 6.2
import PackageDescription

/// Every target is held to the same rules: Swift 6, explicit existentials, imports that state their
/// access, members visible only through what a file imports, and no warnings.
let house: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .treatAllWarnings(as: .error),
]

let crypto: [Target.Dependency] = [
    .product(name: "Crypto", package: "swift-crypto"),
    .product(name: "CryptoExtras", package: "swift-crypto"),
]

let package = Package(
    name: "ledger",
    products: [
        .executable(name: "ledger", targets: ["ledger"]),
        .executable(name: "ledger-server", targets: ["ledger-server"]),
        .executable(name: "ledger-bench", targets: ["ledger-bench"]),
        .library(name: "LedgerProof", targets: ["LedgerProof"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-system", from: "1.5.0"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.2"),
    ],
    targets: [
        .target(name: "CSHA256"),
        .target(name: "LedgerProof", dependencies: ["CSHA256"] + crypto, swiftSettings: house),
        .target(name: "LedgerEvents", dependencies: ["LedgerProof"], swiftSettings: house),
        .target(name: "LedgerPipeline", dependencies: ["LedgerEvents", "LedgerProof"], swiftSettings: house),
        .target(name: "CLedgerMigrations", path: "Migrations/Embedded"),
        .target(
            name: "LedgerMigrations", dependencies: ["CLedgerMigrations"], path: "Migrations",
            exclude: ["Embedded", "sqlite", "sqlite-backup", "sqlite-views", "sqlite-witness"],
            swiftSettings: house),
        .target(name: "CSQLiteShim", linkerSettings: [.linkedLibrary("sqlite3")]),
        .target(
            name: "LedgerSQLite",
            dependencies: [
                "LedgerEvents", "LedgerProof", "LedgerMigrations", "CSQLiteShim",
                .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "GRDBSQLite", package: "GRDB.swift"),
            ], swiftSettings: house),
        .target(name: "CPythonTools"),
        .target(
            name: "LedgerRuntime",
            dependencies: [
                "LedgerPipeline", "LedgerEvents", "LedgerProof", "CPythonTools",
                .product(name: "Subprocess", package: "swift-subprocess"),
                .product(name: "SystemPackage", package: "swift-system"),
            ], swiftSettings: house),
        .target(name: "CBundle"),
        .executableTarget(
            name: "ledger",
            dependencies: [
                "LedgerRuntime", "LedgerSQLite", "LedgerPipeline", "LedgerEvents", "LedgerProof", "CBundle",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Yams", package: "Yams"),
            ], swiftSettings: house),
        // A product of its own, so that `ledger` links no HTTP server: docs/decisions/hummingbird.md.
        .target(
            name: "LedgerServer",
            dependencies: [
                "LedgerEvents", "LedgerProof",
                .product(name: "Hummingbird", package: "hummingbird"),
            ], swiftSettings: house),
        .executableTarget(
            name: "ledger-server",
            dependencies: [
                "LedgerServer", "LedgerSQLite", "LedgerEvents", "LedgerProof",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ], swiftSettings: house),
        .target(
            name: "LedgerTesting",
            dependencies: [
                "LedgerPipeline", "LedgerEvents", "LedgerProof",
                .product(name: "Crypto", package: "swift-crypto"),
            ], swiftSettings: house),
        .executableTarget(
            name: "ledger-bench",
            dependencies: ["LedgerTesting", "LedgerSQLite", "LedgerPipeline", "LedgerEvents", "LedgerProof"],
            exclude: ["base"], swiftSettings: house),
        // Ends programs at their system calls; for LedgerCommandTests.
        .executableTarget(name: "crash-point"),
        .testTarget(
            name: "LedgerProofTests",
            dependencies: [
                "LedgerProof", "LedgerTesting", "CSHA256", .product(name: "Crypto", package: "swift-crypto"),
            ],
            swiftSettings: house),
        .testTarget(
            name: "LedgerEventsTests", dependencies: ["LedgerEvents", "LedgerProof", "LedgerTesting"],
            swiftSettings: house),
        .testTarget(
            name: "LedgerPipelineTests",
            dependencies: ["LedgerPipeline", "LedgerEvents", "LedgerProof", "LedgerTesting"],
            swiftSettings: house),
        .testTarget(
            name: "LedgerSQLiteTests",
            dependencies: [
                "LedgerSQLite", "LedgerPipeline", "LedgerEvents", "LedgerProof", "LedgerTesting",
                "ledger-bench",
                .product(name: "GRDB", package: "GRDB.swift"),
            ], swiftSettings: house),
        .testTarget(
            name: "LedgerRuntimeTests",
            dependencies: [
                "LedgerRuntime", "LedgerPipeline", "LedgerProof",
                .product(name: "Subprocess", package: "swift-subprocess"),
            ], swiftSettings: house),
        .testTarget(
            name: "LedgerCommandTests",
            dependencies: [
                "ledger", "LedgerRuntime", "LedgerSQLite", "LedgerPipeline", "LedgerEvents", "LedgerProof",
                "LedgerTesting", "crash-point", "ledger-bench", "ledger-server",
                .product(name: "Subprocess", package: "swift-subprocess"),
                .product(name: "SystemPackage", package: "swift-system"),
                .product(name: "GRDB", package: "GRDB.swift"),
            ], swiftSettings: house),
        .testTarget(
            name: "TidyTests",
            dependencies: [
                "ledger", "LedgerProof", .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ], swiftSettings: house),
    ],
    cLanguageStandard: .c2x,
)

// Fuzzers are built only where they are asked for (`make fuzz`): they need every target to be instrumented.
if Context.environment["LEDGER_FUZZ"] != nil {
    package.targets += ["record", "note", "checkpoint", "proof", "ssh-signature", "ssh-key"].map { name in
        .executableTarget(
            name: "fuzz-\(name)", dependencies: ["LedgerTesting"], path: "Tests/Fuzz/\(name)",
            swiftSettings: house + [.unsafeFlags(["-parse-as-library"])])
    }
}
