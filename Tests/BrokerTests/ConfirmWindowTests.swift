import Testing

@testable import Broker

@Suite struct ConfirmWindowTests {
    private func message(
        _ publishID: UInt64, key: String = "k", id: String? = nil, body: [UInt8] = [1]
    ) -> OutgoingMessage {
        OutgoingMessage(
            publishID: publishID, exchange: "x", routingKey: key, properties: MessageProperties(messageID: id),
            body: body)
    }

    private func returned(_ message: OutgoingMessage) -> Delivery {
        Delivery(
            tag: 0, queue: "", exchange: message.exchange, routingKey: message.routingKey,
            properties: message.properties, body: message.body)
    }

    private func settle(
        _ window: inout ConfirmWindow, _ tag: UInt64, multiple: Bool = false, confirmed: Bool = true
    ) -> [UInt64: PublishOutcome] {
        var outcomes: [ConfirmWindow.Settled] = []
        window.settled(tag: tag, multiple: multiple, confirmed: confirmed, into: &outcomes)
        return Dictionary(uniqueKeysWithValues: outcomes.map { ($0.publishID, $0.outcome) })
    }

    @Test func `tags count from one and map to publish ids`() {
        var window = ConfirmWindow()
        #expect(window.published(message(70)) == 1)
        #expect(window.published(message(71)) == 2)
        #expect(settle(&window, 2) == [71: .confirmed])
        #expect(window.count == 1)
        #expect(window.published(message(72)) == 3)
        #expect(settle(&window, 1) == [70: .confirmed])
        #expect(settle(&window, 3, confirmed: false) == [72: .nacked])
        #expect(window.isEmpty && window.bytes == 0)
    }

    @Test func `multiple settles every unsettled tag below`() {
        var window = ConfirmWindow()
        for publishID in 1...6 as ClosedRange<UInt64> { window.published(message(publishID)) }
        _ = settle(&window, 2, confirmed: false)
        #expect(settle(&window, 4, multiple: true) == [1: .confirmed, 3: .confirmed, 4: .confirmed])
        #expect(settle(&window, 0, multiple: true, confirmed: false) == [5: .nacked, 6: .nacked])
    }

    @Test func `unknown tags settle nothing`() {
        var window = ConfirmWindow()
        window.published(message(1))
        #expect(settle(&window, 2) == [:])
        #expect(settle(&window, 0) == [:])
        #expect(settle(&window, .max) == [:])
        #expect(settle(&window, 1) == [1: .confirmed])
        #expect(settle(&window, 1) == [:])
        #expect(settle(&window, 9, multiple: true) == [:])
        #expect(settle(&window, .max, multiple: true) == [:])
    }

    @Test func `a return turns the ack of its message into a return`() {
        var window = ConfirmWindow()
        let routed = message(1, id: "a")
        let unroutable = message(2, id: "b")
        window.published(routed)
        window.published(unroutable)
        #expect(window.returned(returned(unroutable), code: 312, text: "NO_ROUTE") == true)
        #expect(settle(&window, 2, multiple: true) == [1: .confirmed, 2: .returned(code: 312, text: "NO_ROUTE")])
    }

    @Test func `each return matches a different one of equal messages`() {
        var window = ConfirmWindow()
        for publishID in 1...2 as ClosedRange<UInt64> { window.published(message(publishID)) }
        #expect(window.returned(returned(message(1)), code: 312, text: "") == true)
        #expect(window.returned(returned(message(1)), code: 312, text: "") == true)
        #expect(window.returned(returned(message(1)), code: 312, text: "") == false)
        #expect(window.returned(returned(message(1, key: "other")), code: 312, text: "") == false)
    }

    @Test func `random confirms over a long time settle each publish id once`() {
        var window = ConfirmWindow()
        var open: Set<UInt64> = []
        var settledIDs: Set<UInt64> = []
        var lastTag: UInt64 = 0
        for _ in 0..<20_000 {
            if open.count < 300 || Bool.random() {
                lastTag += 1
                #expect(window.published(message(lastTag + 1000)) == lastTag)
                open.insert(lastTag)
            } else if let tag = open.randomElement() {
                let multiple = Int.random(in: 0..<20) == 0
                let expected = multiple ? open.filter { $0 <= tag } : [tag]
                let outcomes = settle(&window, tag, multiple: multiple)
                #expect(Set(outcomes.keys) == Set(expected.map { $0 + 1000 }))
                #expect(settledIDs.isDisjoint(with: outcomes.keys))
                settledIDs.formUnion(outcomes.keys)
                open.subtract(expected)
            }
            #expect(window.count == open.count)
        }
    }
}
