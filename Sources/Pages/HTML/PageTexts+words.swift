extension PageTexts.Words {
    /// What every page shows.
    struct Layout: Sendable, Decodable {
        var skip, navigation: String
        var openCalls, mine, messages, calls, newCall, settings: String
        var unread: [String: String]
        var volunteer, fund, leave, refresh: String
        var sending, disconnected: String
        var errorTitle, nextPage: String
    }

    /// What became of the visitor's last command.
    struct Notice: Sendable, Decodable {
        var running, done: String
        /// By the code of a problem or of a refusal, in whole sentences.
        var refused: [String: String]
        var refusedUnknown: String
    }

    /// What is wrong with a form.
    struct Form: Sendable, Decodable {
        var summary: String
        /// By the code of the API.
        var errors: [String: String]
        var errorUnknown: String
    }

    /// How full a call is.
    struct Counts: Sendable, Decodable {
        var free, full, spots, waiting, confirmed: [String: String]
        var allTaken, started, cancelled: String
    }

    /// When something happened.
    struct Moments: Sendable, Decodable {
        var today, yesterday, earlier: String
    }

    /// A volunteer's own state: in a word for lists, as a heading and a sentence for the page of the call.
    struct States: Sendable, Decodable {
        var confirmed, confirmedStarted: Text
        var pending, waitingFirst, waiting, waitingSomewhere: Text
        var offered, openToAll, lapsed, notChosen, tooLate: Text
        /// Follows what became of an offer.
        var stayingFirst, staying, stayingSomewhere: String
        var declined, removed, removedBecause: Text
        var free, full: Text
        var started, startedWaiting: Text
        var cancelled, cancelledBecause: Text

        struct Text: Sendable, Decodable {
            var badge, title, text: String
        }
    }
}
