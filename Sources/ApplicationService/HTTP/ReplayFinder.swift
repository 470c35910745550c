import ApplicationDomain
import Contracts
import Foundation
import HTTPTypes
import Hummingbird
import Ledger
import ServiceKit
import Web

/// Finds the stored answer to an earlier command with the same Idempotency-Key, where the partition of that command is
/// not certain: `IdempotencyGuard` says who asks.
struct ReplayFinder: Sendable {
    let partitions: LocalPartitions
    let forwarder: RequestForwarder

    /// The answer, in any partition that may have it. What no process serves now is left out: there the key protects a
    /// command again as soon as the partition is served, and until then nothing is carried out there.
    /// - Throws: `idempotency_mismatch` if the earlier command had a different body.
    func replay(_ key: CommandKey, of caller: Caller) async throws -> AcceptedCommand? {
        let candidates = Self.candidates(key, caller, count: partitions.count)
        let local = partitions.local().filter { candidates?.contains($0.address.partition) ?? true }
        if let found = try Self.replay(key, in: local.lazy.map(\.file)) { return found }
        let served = Set(partitions.local().map(\.address.partition))
        let remote = (candidates ?? partitions.all).filter { !served.contains($0) }
        guard !remote.isEmpty, partitions.count > 1 else { return nil }
        return try await withThrowingTaskGroup(of: AcceptedCommand?.self) { group in
            for partition in remote {
                group.addTask {
                    do {
                        return try await forwarder.replay(key, of: caller, in: partition)
                    } catch let problem as Problem where problem.code == .unavailable {
                        return nil
                    }
                }
            }
            for try await found in group {
                guard let found else { continue }
                group.cancelAll()
                return found
            }
            return nil
        }
    }

    /// The answer in one of these files.
    /// - Throws: `idempotency_mismatch`.
    static func replay(_ key: CommandKey, in files: some Sequence<LedgerFile>) throws -> AcceptedCommand? {
        switch try IdempotencyGuard.check(key, in: files, now: .now()) {
        case .unused: nil
        case .replay(let accepted): accepted
        case .differentBody: throw Problem.idempotencyMismatch
        }
    }

    /// The partitions that may have stored the key: that of the application in the path, or of the id that follows from
    /// the key. Nil for all of them, because a service may choose the ids of its applications.
    static func candidates(_ key: CommandKey, _ caller: Caller, count: Int) -> [Partition]? {
        guard let method = HTTPRequest.Method(key.method), let found = Route.find(method, key.path) else { return [] }
        guard found.route.startsOperation else { return [] }
        guard found.route == .createApplication else {
            let id = found.parameters.get("id")?.removingPercentEncoding.flatMap { ID(validating: $0) }
            return id.map { [.of($0, count: count)] } ?? []
        }
        if caller.role == .service { return nil }
        return [.of(CommandKey.applicationID(key.text, caller: caller.name), count: count)]
    }
}

extension CommandKey {
    /// The key as a header field has it: a structured string (RFC 9651 section 3.3.3).
    var structuredText: String {
        "\"" + text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
    }
}
