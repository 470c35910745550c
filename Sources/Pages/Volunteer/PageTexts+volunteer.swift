extension PageTexts.Words {
    /// The pages of volunteers.
    struct Volunteer: Sendable, Decodable {
        var openCalls: OpenCalls
        var call: Call
        var mine: Mine
        var inbox: Inbox

        struct OpenCalls: Sendable, Decodable {
            var title, lead: String
            var search, from, to, submit: String
            var empty, emptySearch, reset: String
        }

        struct Call: Sendable, Decodable {
            var back: String
            var spots, free, waiting, details: String
            var respond, join, accept: String
            /// Giving up a confirmed spot, and leaving the waiting list: the summary, what it means, the button.
            var decline, declineMeans, declineButton: String
            var leave, leaveMeans, leaveButton: String
        }

        struct Mine: Sendable, Decodable {
            var title, lead: String
            var upcoming, over: String
            var empty, browse: String
        }

        struct Inbox: Sendable, Decodable {
            var title: String
            var lead: [String: String]
            var allRead: String
            var all, unread: String
            var filter, new, read, markAll: String
            var toCall: String
            var empty, emptyUnread: String
            /// By the kind of the notification.
            var kinds: [String: String]
            var kindUnknown: String
        }
    }
}
