/// Why a command changed nothing. The raw value is what `reason` and `refused list` say; a refusal is an answer,
/// no error of the pipeline (contract section 7).
package enum Refusal: String, Error, Sendable, Hashable, CaseIterable {
    case unknownApplication = "unknown_application"
    case applicationStarted = "application_started"
    case applicationCancelled = "application_cancelled"
    /// A create with a known id and other content.
    case differingApplication = "differing_application"
    /// Only the system itself issues `notify_free_spot`, `spot_status` and notifications.
    case notForeign = "only_the_system_issues_this"
}
