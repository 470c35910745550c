import Contracts
import NotifierDomain
import Testing

@testable import NotifierService

/// No delivery is sent twice because a page was read before its outcome was committed.
@Suite struct ClaimedDeliveriesTests {
    private let source = DeliverySource(host: "a", partition: Partition(number: 0))

    private func page(_ rows: Int64...) -> [DueDelivery] {
        rows.map {
            DueDelivery(
                rowID: $0, event: "e", caller: "c", url: "u", body: [], attempts: 0, generation: 0, rotatedAt: nil,
                isBarred: false)
        }
    }

    @Test func `a delivery is claimed once, and its source is read again after a page had it`() {
        var claimed = ClaimedDeliveries()
        let first = claimed.claim(page(1, 2), of: source)
        #expect(first.free == page(1, 2) && claimed.count(of: source) == 2)
        let second = claimed.claim(page(1, 2, 3), of: source)
        #expect(second.free == page(3) && !second.isOutdated)
        let isReadAgain = [1, 2].map { claimed.release($0, of: source) }
        #expect(isReadAgain == [true, false])
        let third = claimed.claim(page(1), of: source)
        #expect(third.free == page(1))
    }

    @Test func `a page that was read before an outcome was committed does not send the delivery again`() {
        var claimed = ClaimedDeliveries()
        _ = claimed.claim(page(1), of: source)
        claimed.beginReading()
        _ = claimed.release(1, of: source)
        let stale = claimed.claim(page(1, 2), of: source)
        #expect(stale.free == page(2) && stale.isOutdated)
        claimed.endReading()
        let fresh = claimed.claim(page(1), of: source)
        #expect(fresh.free == page(1))
    }
}
