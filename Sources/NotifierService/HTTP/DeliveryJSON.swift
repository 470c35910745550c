import Contracts
import NotifierDomain

/// A delivery as its caller sees it.
struct DeliveryJSON {
    let delivery: StoredWebhookDelivery
    let partition: Partition
    /// Only for a single delivery: what is posted, and the attempts that are kept.
    var details: (body: [UInt8], attempts: [StoredAttempt])?

    private enum Key: String {
        case id, type, state, attempts, number, at, status, error, response, payload
        case webhookID = "webhook_id"
        case createdAt = "created_at"
        case nextAttemptAt = "next_attempt_at"
        case lastStatus = "last_status"
        case lastError = "last_error"
        case attemptLog = "attempt_log"
        case durationMilliseconds = "duration_ms"
    }

    func encoded() -> [UInt8] {
        ObjectWriter<Key>.object { json in
            json.field(.id, DeliveryID(partition: partition, rowID: delivery.rowID).description)
            json.field(.webhookID, delivery.event)
            json.field(.type, delivery.type)
            Self.write(delivery.progress, to: &json)
            json.field(.createdAt, delivery.createdAt.description)
            guard let details else { return }
            json.json(.payload, details.body)
            json.objects(.attemptLog, details.attempts) { attempt, json in
                json.field(.number, attempt.number)
                json.field(.at, attempt.at.description)
                json.field(.durationMilliseconds, Int64(attempt.duration / .milliseconds(1)))
                json.field(.status, attempt.status)
                json.field(.error, attempt.error)
                // What is not UTF-8 is replaced.
                json.field(
                    .response, attempt.response.isEmpty ? nil : String(decoding: attempt.response, as: UTF8.self))
            }
        }
    }

    /// The state of an operation's callback.
    static func callback(_ progress: DeliveryProgress) -> [UInt8] {
        ObjectWriter<Key>.object { write(progress, to: &$0) }
    }

    private static func write(_ progress: DeliveryProgress, to json: inout ObjectWriter<Key>) {
        json.field(.state, progress.state.rawValue)
        json.field(.attempts, progress.attempts)
        json.field(.nextAttemptAt, progress.due?.description)
        json.field(.lastStatus, progress.lastStatus)
        json.field(.lastError, progress.lastError)
    }
}
