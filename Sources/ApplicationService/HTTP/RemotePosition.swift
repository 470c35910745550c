import Contracts
import Web

/// How far this process has read the changes of a partition that another process serves.
struct RemotePosition: Sendable, Hashable {
    /// Of the process that answered last; nil before the first answer.
    private var ring: Int64?
    /// The id after which the next batch begins.
    private(set) var last: Int64?

    /// What to ask the owner.
    var path: String { ChangesController.path(of: ring) }

    /// Whether the owner has been asked.
    var isKnown: Bool { ring != nil }

    /// - Returns: nil if anything may have changed: the process asks for the first time, the owner is another one or
    ///   has begun again, or its ring does not reach back that far.
    mutating func receive(_ batch: EventBatch) -> [ApplicationChanges.Change]? {
        var changes: [ApplicationChanges.Change] = []
        for event in batch.events {
            switch ChangeEvent(parsing: event.json) {
            case .change(let change): changes.append(change)
            case .anything(let ring):
                self = RemotePosition(ring: ring, last: batch.last)
                return nil
            // The owner is a later version: it is asked from the beginning.
            case nil:
                self = RemotePosition()
                return nil
            }
        }
        last = batch.last
        return changes
    }
}
