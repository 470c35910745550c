/// Why a command or a message had no effect: `reason` of a spot status record, and what `refused list` shows
/// (contract section 7).
///
/// The field itself is a string, so that a reason unknown to this version can be read.
public enum RefusalReason: String, Error, CaseIterable, Sendable, Codable {
    /// No application has this id.
    case unknownApplication = "unknown_application"
    /// The application has started and takes no more responses.
    case applicationStarted = "application_started"
    /// The application was cancelled.
    case applicationCancelled = "application_cancelled"
    /// The volunteer has given up a confirmed spot of this application too often within an hour.
    case tooManyChanges = "too_many_changes"
    /// The fund or a service declined for the volunteer.
    case removedByOrganiser = "removed_by_organiser"
    /// An application with this id exists with different content.
    case differingApplication = "differing_application"
    /// Only the system itself issues `notify_free_spot`, `spot_status` and notifications.
    case reservedForSystem = "only_the_system_issues_this"
    /// WaitlistService and NotifierService take messages from ApplicationService alone.
    case reservedForApplicationService = "only_application_service_sends_this"
    /// WaitlistService does not handle this message.
    case notForWaitlist = "not_for_the_waiting_list"
    /// NotifierService does not handle this message.
    case notForNotifier = "not_for_the_notifier"
    /// The response came after the backup from which ApplicationService was restored (contract section 4).
    case lostByRestore = "lost_by_restore"
}
