package import Broker
import Ledger
import Synchronization

/// One life of a consumer's channel: which of its deliveries are committed, and how far they may be acked together.
package final class AckBook: AckTarget {
    private let session: Consumer.Session
    private let consumer: ConsumerSlot
    private let progress = Mutex(AckProgress())

    init(session: Consumer.Session, consumer: ConsumerSlot) {
        self.session = session
        self.consumer = consumer
    }

    package var isCurrent: Bool { session.isCurrent }

    package func settle(_ tags: [UInt64]) {
        let upTo = progress.withLock { progress in
            tags.reduce(UInt64?.none) { progress.settled($1) ?? $0 }
        }
        if let upTo { consumer.value.withLock { $0 }?.ack(upTo: upTo, of: session) }
    }

    package func delivered(_ tags: some Sequence<UInt64>) {
        progress.withLock { progress in
            for tag in tags { progress.delivered(tag) }
        }
    }

    var outstanding: Int { progress.withLock { $0.outstanding } }

    func belongs(to session: Consumer.Session) -> Bool { self.session == session }
}

/// Where a consumer stands once it is made: its closures need it before it exists.
package final class ConsumerSlot: Sendable {
    let value = Mutex<Consumer?>(nil)
    let book = Mutex<AckBook?>(nil)

    package init() {}

    package func fill(_ consumer: Consumer) {
        value.withLock { $0 = consumer }
    }

    /// The book of this session, begun with its first delivery.
    package func book(of session: Consumer.Session) -> AckBook {
        book.withLock { book in
            if let book, book.belongs(to: session) { return book }
            let new = AckBook(session: session, consumer: self)
            book = new
            return new
        }
    }

    /// Deliveries handed out and not yet committed.
    package var outstanding: Int {
        guard let book = book.withLock({ $0 }), book.isCurrent else { return 0 }
        return book.outstanding
    }
}
