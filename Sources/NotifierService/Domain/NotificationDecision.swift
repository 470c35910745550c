package import Contracts
import Foundation

/// Decides what one user is told about one application, and what becomes of the reminders. Pure: the new standing, the
/// occasions to write about, and the order for the reminders stay in this value.
package struct NotificationDecision: Sendable {
    /// What is to be done about a user's reminders.
    package enum ReminderOrder: Sendable, Hashable {
        case leave
        /// Plan them by the application's start; those due before this time are over (contract section 6).
        case plan(notBefore: Timestamp)
        case drop
    }

    package let application: ApplicationSnapshot
    package private(set) var audience: Recipient
    /// The name by which the user knows the application.
    private let knownName: String
    package private(set) var occasions: [NotificationReason] = []
    package private(set) var reminders = ReminderOrder.leave

    /// - Parameter knownName: the name in the edition that the user knows.
    package init(_ application: ApplicationSnapshot, to audience: Recipient, knownName: String) {
        self.application = application
        self.audience = audience
        self.knownName = knownName
    }

    /// Each record is told once; a change that the user has not heard of yet comes first.
    package mutating func hear(_ record: SpotStatusRecord) {
        guard !application.isCancelled else { return hearOfCancelled(record) }
        let zone = application.details.zone
        let since = record.timestamp.timestamp(in: zone)
        settle()
        switch record.status {
        case .confirmed:
            join(.confirmed)
            reminders = .plan(notBefore: since)
            occasions.append(.confirmed)
        case .waiting:
            join(.waiting)
            occasions.append(.waiting(position: record.position))
        case .available:
            if audience.standing == .none { join(.waiting) }
            occasions.append(record.expiresAt.map { .offered(until: $0.timestamp(in: zone)) } ?? .openToAll)
        case .notChosen:
            if audience.standing == .none { join(.waiting) }
            occasions.append(.notChosen)
        case .cancelled:
            leave()
            occasions.append(.cancelled(reason: record.reason))
        case .refused:
            occasions.append(.refused(reason: record.reason))
        }
    }

    /// Of a cancelled application nothing is said but that it is cancelled.
    private mutating func hearOfCancelled(_ record: SpotStatusRecord) {
        switch record.status {
        case .cancelled:
            leave()
            occasions.append(.cancelled(reason: record.reason))
        case .refused where record.reason == Self.cancelledReason:
            occasions.append(.refused(reason: record.reason))
        case .refused, .confirmed, .waiting, .available, .notChosen:
            return
        }
    }

    /// The reason that ApplicationService gives who responds to a cancelled application.
    private static let cancelledReason = "application_cancelled"

    /// The user has dropped out, and knows it.
    package mutating func leave() {
        audience.standing = .none
        reminders = .drop
    }

    /// Tells of a change, if the user is owed one, and moves the reminders with the start.
    package mutating func settle() {
        guard !application.isCancelled, audience.standing != .none, audience.edition < application.edition else {
            return
        }
        let hasMoved = audience.edition < application.movedIn
        audience.edition = application.edition
        let name = application.details.name
        occasions.append(.changed(oldName: knownName == name ? nil : knownName))
        if hasMoved, audience.standing == .confirmed { reminders = .plan(notBefore: application.movedAt) }
    }

    /// The start is near.
    package mutating func remind() {
        occasions.append(.reminder)
    }

    private mutating func join(_ standing: Recipient.Standing) {
        audience.standing = standing
        audience.edition = application.edition
    }
}
