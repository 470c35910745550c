import Foundation
import Testing

/// The layers, checked by the imports of their files.
@Suite struct ImportTests {
    private static let sources = Checkout.files("Sources") + Checkout.files("specs")
    private static let services = ["ApplicationService", "WaitlistService", "NotifierService"]

    /// The files in one folder of each service, for example `Storage`.
    private func files(in folder: String) -> [Checkout.File] {
        Self.sources.filter { file in
            Self.services.contains { file.path.hasPrefix("Sources/\($0)/\(folder)/") }
        }
    }

    private func importers(of module: Substring, outside folders: [String]) -> [String] {
        Self.sources.filter { file in
            file.imports.contains(module) && !folders.contains { file.path.hasPrefix($0) }
        }.map(\.path)
    }

    @Test func `only Broker and BrokerTesting import CRabbitMQ`() {
        #expect(importers(of: "CRabbitMQ", outside: ["Sources/Broker/", "Sources/BrokerTesting/"]) == [])
    }

    @Test func `only Ledger and the services' Storage import GRDB`() {
        let storage = Self.services.map { "Sources/\($0)/Storage/" }
        #expect(importers(of: "GRDB", outside: ["Sources/Ledger/"] + storage) == [])
    }

    @Test func `Contracts imports only Foundation and Synchronization; Broker and Ledger not each other`() {
        for file in Self.sources {
            if file.path.hasPrefix("Sources/Contracts/") {
                #expect(Set(file.imports).isSubset(of: ["Foundation", "Synchronization"]), "\(file.path)")
            }
            if file.path.hasPrefix("Sources/Broker/") {
                #expect(Set(file.imports).isDisjoint(with: ["Ledger", "Contracts"]), "\(file.path)")
            }
            if file.path.hasPrefix("Sources/Ledger/") { #expect(!file.imports.contains("Broker"), "\(file.path)") }
        }
    }

    // MARK: - In a service: HTTP and Messaging → Transactions → Domain and Storage

    @Test func `a domain imports only what is pure: Contracts, Webhooks, Wording, Foundation and collections`() {
        let files = files(in: "Domain")
        #expect(!files.isEmpty)
        for file in files {
            let pure: Set<Substring> = [
                "Contracts", "Webhooks", "Wording", "Foundation", "DequeModule", "HeapModule",
            ]
            #expect(Set(file.imports).isSubset(of: pure), "\(file.path)")
        }
    }

    @Test func `the page is made of values: Pages imports only Contracts, Wording, Crypto and Foundation`() {
        let files = Self.sources.filter { $0.path.hasPrefix("Sources/Pages/") }
        #expect(!files.isEmpty)
        for file in files {
            let pure: Set<Substring> = ["Contracts", "Wording", "Crypto", "Foundation"]
            #expect(Set(file.imports).isSubset(of: pure), "\(file.path)")
        }
    }

    @Test(arguments: ["Transactions", "Storage"])
    func `transactions and storage import neither the broker nor HTTP`(folder: String) {
        let files = files(in: folder)
        #expect(!files.isEmpty)
        let outer: Set<Substring> = ["Broker", "Web", "Hummingbird", "HummingbirdCore", "HTTPTypes", "NIOCore"]
        for file in files {
            #expect(Set(file.imports).isDisjoint(with: outer), "\(file.path)")
        }
    }

    @Test func `messaging does not import HTTP, and HTTP imports neither the broker nor GRDB`() {
        for file in files(in: "Messaging") {
            #expect(Set(file.imports).isDisjoint(with: ["Web", "Hummingbird", "HTTPTypes", "GRDB"]), "\(file.path)")
        }
        for file in files(in: "HTTP") + files(in: "Page") {
            #expect(Set(file.imports).isDisjoint(with: ["Broker", "GRDB"]), "\(file.path)")
        }
    }

    @Test func `in a service only HTTP, Page, Webhooks and the composition root import Web`() {
        let found = Self.sources.filter { file in
            let parts = file.path.split(separator: "/")
            // Sources/ApplicationService/ApplicationService.swift has three parts.
            return parts.count > 3 && Self.services.contains(String(parts[1]))
                && !["HTTP", "Page", "Webhooks"].contains(parts[2]) && file.imports.contains("Web")
        }
        #expect(found.map(\.path) == [])
    }
}
