import Contracts
import Foundation
import Webhooks

/// One delivery that a receiver of webhooks must tell from others, and what it should do with it.
struct ReceiverProbe: Sendable {
    enum Expectation: String, Sendable {
        /// 2xx.
        case accept = "2xx"
        /// 4xx, but not 410, which ends all deliveries, and not 429, which asks for another attempt.
        case refuse = "4xx"
    }

    let name: String
    let expectation: Expectation
    /// What may be wrong with a receiver that does something else.
    let advice: String
    let headers: [(String, String)]
    let body: [UInt8]

    /// - Returns: nil if the receiver did what it should.
    func fault(of status: Int) -> String? {
        switch expectation {
        case .accept: (200...299).contains(status) ? nil : advice
        case .refuse where (200...299).contains(status): advice
        case .refuse where status == 410: "410 ends all deliveries to the receiver; answer 401"
        case .refuse where status == 429: "429 asks for another attempt; answer 401"
        case .refuse:
            (400...499).contains(status) ? nil : "it was not accepted, but would be sent again for a day; answer 401"
        }
    }
}
