import ApplicationDomain
import Contracts
import Foundation
import Ledger

/// A broadcast as the row of a job: the application's id is the job's key, and the rest is JSON.
extension Broadcast {
    static let jobKind = "tell"

    private struct Detail: Codable {
        var release: Int?
        var lostAt: Int64?
        var reason: String?
        var opening: Int?
    }

    func job(for application: ID) throws -> LedgerJob {
        let detail =
            switch self {
            case .notChosen(let release, let lostAt): Detail(release: release, lostAt: lostAt.milliseconds)
            case .cancelled(let reason): Detail(reason: reason)
            case .spotsOpen(let number): Detail(opening: number)
            }
        return LedgerJob(
            kind: Self.jobKind, key: application.string,
            detail: String(decoding: try JSONEncoder().encode(detail), as: UTF8.self))
    }

    init(_ job: LedgerJob) throws {
        let detail = try JSONDecoder().decode(Detail.self, from: Data(job.detail.utf8))
        if let release = detail.release, let lostAt = detail.lostAt {
            self = .notChosen(release: release, lostAt: Timestamp(milliseconds: lostAt))
        } else if let opening = detail.opening {
            self = .spotsOpen(number: opening)
        } else {
            self = .cancelled(reason: detail.reason)
        }
    }
}
