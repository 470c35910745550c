import Contracts
import Ledger
import Testing

@testable import ApplicationService

extension ApplicationHandler {
    /// Applies a message as it comes: from WaitlistService if only it sends such a message, otherwise from outside.
    func receive(
        _ message: Message, in transaction: LedgerTransaction, as expected: Disposition = .applied
    ) throws {
        let delivery = StoredDelivery(queue: "q", exchange: "", routingKey: "", body: message.encoded())
        let stream = StreamName(
            producer: Address(service: .waitlist, partition: Partition(number: 0)), consumer: transaction.address)
        let inbound =
            [.notifyFreeSpot, .waitingListRecord].contains(message.action)
            ? try InboundMessage.streamed(delivery, at: StreamPosition(stream: stream, epoch: 1, seq: 1))
            : try InboundMessage.foreign(delivery, for: .application)
        #expect(try apply(inbound, in: transaction) == expected)
    }
}

extension Message {
    /// A create for one spot, in a distant year.
    static func create(_ application: ID) -> Message {
        .create(
            CreateVolunteerApplication(
                fundID: .trusted("1"), applicationID: application, availableSpots: 1, description: "", name: "Trees",
                date: CivilDate(year: 2035, month: 1, day: 2)!, startTime: CivilTime(hour: 9, minute: 0, second: 0)!,
                endTime: CivilTime(hour: 10, minute: 0, second: 0)!, timeZone: "UTC"))
    }

    static func response(of volunteer: ID, to application: ID, _ status: ResponseStatus) -> Message {
        .response(VolunteerResponse(volunteerID: volunteer, applicationID: application, status: status))
    }
}
