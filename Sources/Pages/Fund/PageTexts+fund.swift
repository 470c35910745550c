extension PageTexts.Words {
    /// The pages of funds.
    struct Fund: Sendable, Decodable {
        var calls: Calls
        var status: Status
        var counts: Counts
        var sections: Sections
        var call: Call
        var form: Form
        var review: Review
        var groups: Groups
        var people: People
        var states: States
        /// By the code of the API.
        var reasons: [String: String]
        var person: Person
        var told: Told
        var cancellation: Cancellation

        struct Calls: Sendable, Decodable {
            var title, new: String
            var filter, all, open, started, cancelled: String
            var empty, emptyHint, emptyFiltered, emptyFilteredHint, emptyPage, emptyPageHint: String
        }

        struct Status: Sendable, Decodable {
            var open, started, cancelled: String
        }

        /// How full a call is.
        struct Counts: Sendable, Decodable {
            var heading: String
            var taken: [String: String]
            var overfull: String
            var noneFree, noneWaiting: String
            var confirmed: String
            var confirmedHint: [String: String]
            var open, openHint, promised, promisedHint, waitingLabel, waitingHint, offersHint: String
        }

        /// The links between the pages of one call.
        struct Sections: Sendable, Decodable {
            var label, call, people, told: String
            /// Of a page: `{section}: {name}`.
            var title: String
        }

        struct Call: Sendable, Decodable {
            var change, changeHint, review: String
            var started, cancelled, cancelledBecause: String
            var cancel, cancelHint: String
            var details, noDetails: String
        }

        /// The form that publishes and changes a call.
        struct Form: Sendable, Decodable {
            var newTitle, publish, publishHint: String
            var name, nameHint, details, detailsHint: String
            var when, date, start, end, endHint, timeZone, timeZoneHint: String
            var spots, spotsHint: String
        }

        /// What a change will do: the sentences of ``ChangeEffect``.
        struct Review: Sendable, Decodable {
            var title, changes, field, before, after, nothing, effects, confirm, back, empty: String
            var offered, openToAll: [String: String]
            var waitingTold: String
            var overfull, full, fewerOpen, fewerPromised: [String: String]
            var offersEnd, startsAtOnce, reopens, staysStarted: String
            var told, toldNone, offersSentAgain, remindersMove, detailsUntold: String
        }

        /// Those who are sent a message.
        struct Groups: Sendable, Decodable {
            var confirmed, waiting: [String: String]
            var both: String
        }

        struct People: Sendable, Decodable {
            var heading, filter, all, confirmed, waiting, declined: String
            var caption, person, state, position, offer, since, present, pending: String
            var csv, print: String
            var empty, emptyHint, emptyFiltered, emptyFilteredHint: String
        }

        struct States: Sendable, Decodable {
            var confirmed, waiting, offered, declined, removed: String
        }

        struct Person: Sendable, Decodable {
            var title, response, state, position, offer, change, since, comment: String
            var remove, removesConfirmed, removesWaiting, mayReturn, told: String
            var reason, reasonHint, button, isDeclined, isClosed: String
        }

        struct Told: Sendable, Decodable {
            var heading, caption: String
            var when, person, text, channels, read, unread: String
            var empty, emptyHint: String
            /// By the code of the API.
            var channelNames, kinds: [String: String]
        }

        struct Cancellation: Sendable, Decodable {
            var title, question, told, toldNone, final: String
            var reason, reasonHint, button, back, isCancelled: String
        }
    }
}
