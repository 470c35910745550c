import Contracts

extension Action {
    /// The message's JSON Schema, as the file in `messages` says it. A new action does not compile without one.
    var schema: [UInt8] {
        switch self {
        case .create: PackageResources.create_volunteer_application_schema_json
        case .update: PackageResources.update_volunteer_application_schema_json
        case .cancel: PackageResources.cancel_volunteer_application_schema_json
        case .response: PackageResources.volunteer_response_schema_json
        case .waiting: PackageResources.volunteer_waiting_schema_json
        case .notifyFreeSpot: PackageResources.notify_free_spot_schema_json
        case .waitingListRecord: PackageResources.waiting_list_record_schema_json
        case .spotStatus: PackageResources.spot_status_schema_json
        case .notification: PackageResources.notification_schema_json
        case .resend: PackageResources.resend_schema_json
        case .streamHead: PackageResources.stream_head_schema_json
        case .streamApplied: PackageResources.stream_applied_schema_json
        }
    }
}

extension RequestReplyMessage.Action {
    /// The same of questions and answers.
    var schema: [UInt8] {
        switch self {
        case .askWaitlistPositions: PackageResources.ask_waitlist_positions_schema_json
        case .waitlistPositions: PackageResources.waitlist_positions_schema_json
        case .refused: PackageResources.question_refused_schema_json
        }
    }
}
