package import Contracts

/// What the HTTP API says about an application and the responses to it.
package struct ApplicationReading: Sendable, Hashable {
    package struct Response: Sendable, Hashable {
        package var state: String
        package var position: Int?

        package init(state: String, position: Int? = nil) {
            self.state = state
            self.position = position
        }
    }

    package var status: String
    package var capacity: Int
    package var freeSpots: Int
    package var confirmed: Int
    package var waiting: Int
    package var responses: [ID: Response]

    package init(
        status: String, capacity: Int, freeSpots: Int, confirmed: Int, waiting: Int, responses: [ID: Response]
    ) {
        self.status = status
        self.capacity = capacity
        self.freeSpots = freeSpots
        self.confirmed = confirmed
        self.waiting = waiting
        self.responses = responses
    }
}
