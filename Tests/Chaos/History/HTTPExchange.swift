/// A request to the HTTP API with all its answers: it is sent again until one of them is definite.
package struct HTTPExchange: Sendable, Hashable {
    package enum Purpose: Sendable, Hashable {
        /// A new command. Without a key it is one that has no effect when it is repeated.
        case command(hasKey: Bool)
        /// An accepted command again, with its key.
        case replay
        /// The key of an accepted command, with another body.
        case otherBody
    }

    /// A response. Requests that got none, or one that asks to try again, leave nothing here.
    package struct Answer: Sendable, Hashable {
        package var status: Int
        package var operation: String?
        /// `Idempotent-Replayed`.
        package var isReplay: Bool
        /// The problem's code.
        package var code: String?

        package init(status: Int, operation: String? = nil, isReplay: Bool = false, code: String? = nil) {
            self.status = status
            self.operation = operation
            self.isReplay = isReplay
            self.code = code
        }
    }

    /// An operation as it was polled after everything had ended.
    package struct Operation: Sendable, Hashable {
        package var status: String
        package var outcome: String?
        package var position: Int?
        /// The code of its error.
        package var code: String?

        package init(status: String, outcome: String? = nil, position: Int? = nil, code: String? = nil) {
            self.status = status
            self.outcome = outcome
            self.position = position
            self.code = code
        }
    }

    package let command: Command
    package let purpose: Purpose
    /// The definite answer; `nil` if there never was one.
    package var answer: Answer?
    /// The operation of an accepted command.
    package var operation: Operation?

    package init(_ command: Command, _ purpose: Purpose, answer: Answer? = nil, operation: Operation? = nil) {
        self.command = command
        self.purpose = purpose
        self.answer = answer
        self.operation = operation
    }
}
