import ApplicationDomain
import Contracts
import Foundation
import Ledger

/// A mass telling as a row of long work: its kind, the application as its key, and the rest as JSON.
extension Broadcast {
    static let workKind = "tell"

    private struct Detail: Codable {
        var release: Int?
        var lostAt: Int64?
        var reason: String?
    }

    func work(for application: ID) throws -> LedgerJob {
        let detail =
            switch self {
            case .notChosen(let release, let lostAt): Detail(release: release, lostAt: lostAt.milliseconds)
            case .cancelled(let reason): Detail(reason: reason)
            }
        return LedgerJob(
            kind: Self.workKind, key: application.string,
            detail: String(decoding: try JSONEncoder().encode(detail), as: UTF8.self))
    }

    init(_ work: LedgerJob) throws {
        let detail = try JSONDecoder().decode(Detail.self, from: Data(work.detail.utf8))
        if let release = detail.release, let lostAt = detail.lostAt {
            self = .notChosen(release: release, lostAt: Timestamp(milliseconds: lostAt))
        } else {
            self = .cancelled(reason: detail.reason)
        }
    }
}
