package import Contracts
import Foundation

/// Decides what one user is told about one application, and how the user's reminders change (contract section 6). Pure:
/// the new standing, the notifications and the change of reminders are left in this value.
package struct NotificationDecision: Sendable {
    package enum ReminderChange: Sendable, Hashable {
        case unchanged
        /// Schedule reminders by the application's start. Those due before this time are not sent.
        case schedule(notBefore: Timestamp)
        case cancel
    }

    package let application: ApplicationSnapshot
    package internal(set) var recipient: Recipient
    /// The application's name in the version that the user was told.
    private let knownName: String
    let now: Timestamp
    /// The notifications to send, in order.
    package private(set) var notifications: [NotificationReason] = []
    package internal(set) var reminders = ReminderChange.unchanged

    /// - Parameter knownName: the application's name in the version that the user was told.
    package init(_ application: ApplicationSnapshot, to recipient: Recipient, knownName: String, now: Timestamp) {
        self.application = application
        self.recipient = recipient
        self.knownName = knownName
        self.now = now
    }

    /// Notifies the user of the record, and before that of a change that the user has not been told yet.
    package mutating func apply(_ record: SpotStatusRecord) {
        guard !application.isCancelled else { return applyAfterCancellation(record) }
        let zone = application.schedule.zone
        catchUp()
        switch record.status {
        case .confirmed:
            setStanding(.confirmed)
            recipient.offerExpiresAt = nil
            reminders = .schedule(notBefore: record.timestamp.timestamp(in: zone))
            notifications.append(.confirmed)
        case .waiting:
            // One whom ApplicationService's file, which is an older copy, does not know as confirmed.
            if recipient.standing == .confirmed { reminders = .cancel }
            setStanding(.waiting)
            recipient.offerExpiresAt = nil
            notifications.append(.waiting(position: record.position))
        case .available:
            if recipient.standing == .none { setStanding(.waiting) }
            recipient.offerExpiresAt = record.expiresAt?.timestamp(in: zone)
            notifications.append(recipient.offerExpiresAt.map { .offered(until: $0) } ?? .openToAll)
        case .notChosen:
            if recipient.standing == .none { setStanding(.waiting) }
            recipient.offerExpiresAt = nil
            notifications.append(.notChosen)
        case .cancelled:
            leave()
            notifications.append(.cancelled(reason: record.reason))
        case .refused:
            notifications.append(.refused(reason: record.reason, comment: record.comment))
        }
    }

    /// Of a cancelled application users are told only that it is cancelled.
    private mutating func applyAfterCancellation(_ record: SpotStatusRecord) {
        switch record.status {
        case .cancelled:
            leave()
            notifications.append(.cancelled(reason: record.reason))
        case .refused where record.reason == RefusalReason.applicationCancelled.rawValue:
            notifications.append(.refused(reason: record.reason))
        case .refused, .confirmed, .waiting, .available, .notChosen:
            return
        }
    }

    /// The user left or declined: no notification, because the user did it.
    package mutating func leave() {
        recipient.standing = .none
        recipient.offerExpiresAt = nil
        reminders = .cancel
    }

    /// Notifies the user of a change that they have not been told yet, and moves the reminders if the start moved.
    /// No one is told of changes to an application that has started; if it is moved to the future, they are told then.
    package mutating func catchUp() {
        guard !application.isCancelled, recipient.standing != .none, recipient.version < application.version else {
            return
        }
        let hasMoved = recipient.version < application.movedInVersion
        if hasMoved, recipient.standing == .confirmed { reminders = .schedule(notBefore: application.movedAt) }
        recipient.version = max(recipient.version, application.toldVersion)
        guard recipient.version < application.version, now < application.startsAt else { return }
        recipient.version = application.version
        notifications.append(.changed(oldName: knownName == application.name ? nil : knownName))
    }

    /// The same for a user who was told of no later version than this one.
    mutating func catchUp(from version: Int) {
        recipient.version = version
        catchUp()
    }

    /// Whether the user is told that the application is cancelled.
    package var tellsCancellation: Bool {
        notifications.contains { if case .cancelled = $0 { true } else { false } }
    }

    package mutating func remind() {
        notifications.append(.reminder)
    }

    mutating func notify(_ reason: NotificationReason) {
        notifications.append(reason)
    }

    mutating func setStanding(_ standing: Recipient.Standing) {
        recipient.standing = standing
        recipient.version = application.version
    }
}
