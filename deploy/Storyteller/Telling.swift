import Contracts

/// How far the story has got: a value that events move on, and which says what to do.
struct Telling: Sendable {
    enum Step: Sendable {
        case title(Int, Script.Chapter)
        case line(Line)
        case send(Message)
        /// Stands in the last line's place until the next one comes.
        case countdown(Line)
        /// The event shall come after so long.
        case later(Duration, Event)
        case end(Verdict)
    }

    enum Verdict: Sendable, Hashable {
        case asItShould(seen: Int, took: Duration)
        /// What is wrong, in lines.
        case otherwise([String])
    }

    /// A beat takes milliseconds; this is for a machine that is busy with other things.
    static let limit = Duration.seconds(20)
    /// So long before it falls due the reminder is planned: time for all to read of the move.
    static let lead = Duration.seconds(4)
    /// A beat may become so many times slower than any before until the lead is too short.
    static let patience = 8

    private let script: Script
    private let narrator: Narrator
    private let endpoint: String
    private(set) var verdict: Verdict?
    /// The last ones are added when it is known how late it is.
    private var beats: [Script.Beat]
    private var isMoved = false
    /// -1 before the first: the broker is not there yet.
    private var beat = -1
    private var beatBegan = Timestamp.now()
    private var slowest = Duration.zero
    private var chapter = 0
    private var missing: [Expectation] = []
    private var met: [(expectation: Expectation, sighting: Sighting)] = []
    private var known: Set<String> = []
    private var seen = 0
    private var began: Timestamp?
    private var trouble: String?

    init(script: Script, narrator: Narrator, endpoint: String) {
        self.script = script
        self.narrator = narrator
        self.endpoint = endpoint
        beats = script.beats
    }

    func begin() -> [Step] { [.later(Self.limit, .deadline(beat: beat))] }

    mutating func event(_ event: Event) -> [Step] {
        switch event {
        case .watching:
            trouble = nil
            return beat < 0 ? next() : []
        case .seen(let sighting): return see(sighting)
        case .unreadable(let key, let reason):
            return verdict == nil ? [] : [.line(narrator.unreadable(key, reason))]
        case .disconnected(let reason):
            trouble = reason
            return []
        case .hopeless(let reason): return end(.otherwise(["The broker at \(endpoint) cannot be used: \(reason)"]))
        case .deadline(let late):
            // In the silence after a beat nothing is missing any more.
            guard late == beat, verdict == nil, beat < 0 || !missing.isEmpty else { return [] }
            return end(.otherwise(missed()))
        case .silence(let done): return done == beat && verdict == nil ? next() : []
        case .tick(let current): return current == beat ? countdown() : []
        case .signal: return []
        }
    }

    private mutating func see(_ sighting: Sighting) -> [Step] {
        // What was published twice was said once.
        if let id = sighting.messageID, !known.insert(id).inserted { return [] }
        let isOurs = sighting.message.applicationID == script.application
        guard verdict == nil else { return narrator.line(for: sighting).map { [.line($0)] } ?? [] }
        guard isOurs else { return [] }
        var steps = narrator.line(for: sighting).map { [Step.line($0)] } ?? []
        if sighting.isCommand { return steps }
        seen += 1
        guard let index = missing.firstIndex(where: { $0.isMet(sighting) }) else {
            return steps + end(.otherwise(surprised(by: sighting)))
        }
        met.append((missing.remove(at: index), sighting))
        guard missing.isEmpty else { return steps }
        if let wrong = beats[beat].together(met.map(\.sighting)) {
            return steps + end(.otherwise(["After \(said()) something was wrong:", "  ?  \(wrong)"] + account()))
        }
        let silence = beats[beat].silence
        steps += silence > .zero ? [.later(silence, .silence(beat: beat))] : next()
        return steps
    }

    private mutating func next() -> [Step] {
        let time = Timestamp.now()
        began = began ?? time
        if beat >= 0 { slowest = max(slowest, time - beatBegan) }
        beatBegan = time
        beat += 1
        if beat == beats.count, !isMoved {
            isMoved = true
            // On a slow machine it takes longer until all have read of it.
            beats += script.beats(of: Move(at: time, lead: max(Self.lead, slowest * Self.patience)))
        }
        guard beat < beats.count else { return end(.asItShould(seen: seen, took: time - (began ?? time))) }
        let now = beats[beat]
        missing = now.expects
        met = []
        var steps: [Step] = []
        if let title = now.chapter {
            chapter += 1
            steps.append(.title(chapter, title))
        }
        if let message = now.says { steps.append(.send(message)) }
        if let due = now.due { steps.append(.line(narrator.awaited(due))) }
        let wait = max(.zero, (now.due ?? time) - time) + Self.limit
        return steps + [.later(wait, .deadline(beat: beat))] + countdown()
    }

    /// The seconds until something falls due.
    private func countdown() -> [Step] {
        guard verdict == nil, beats.indices.contains(beat), let due = beats[beat].due, met.isEmpty else { return [] }
        let rest = due - .now()
        let seconds = Int((rest / .seconds(1)).rounded(.up))
        let line = Step.countdown(narrator.countdown(max(0, seconds)))
        // The next one when a second is full.
        return seconds > 0 ? [line, .later(rest - .seconds(seconds - 1), .tick(beat: beat))] : [line]
    }

    private mutating func end(_ verdict: Verdict) -> [Step] {
        self.verdict = verdict
        return [.end(verdict)]
    }

    // MARK: - What went otherwise

    private func missed() -> [String] {
        let limit = "\(Self.limit.components.seconds) s"
        guard beat >= 0 else {
            return ["No connection to the broker at \(endpoint) within \(limit): \(trouble ?? "it does not answer")"]
        }
        var lines = ["Not everything came within \(limit) after \(said()):"] + account()
        if let trouble { lines.append("The connection to the broker was lost meanwhile: \(trouble)") }
        if seen == 0 {
            lines.append("Nobody answered at all: do ApplicationService and WaitlistService run at \(endpoint)?")
        } else if let first = missing.first {
            lines.append("The first that is missing comes from \(first.author): does it run, and what does it log?")
        }
        return lines
    }

    private func surprised(by sighting: Sighting) -> [String] {
        let to = sighting.recipient.map { " to \($0.rawValue)" } ?? ""
        var what = "  ?  \(sighting.message.action.rawValue)\(to): \(sighting.body)"
        if case .notification(let notification) = sighting.message {
            let name = script.cast.name(of: notification.userID)
            let kind = notification.kind?.rawValue ?? "unknown"
            what = "  ?  notification: \(name), of kind \(kind): \(notification.message)"
        }
        return ["After \(said()) something came that should not:", what] + account()
    }

    /// What was expected in this beat, and whether it came.
    private func account() -> [String] {
        met.map { "  ✓  \($0.expectation.what)" } + missing.map { "  ✗  \($0.what)" }
    }

    /// What the beat began with.
    private func said() -> String {
        switch beats[beat].says {
        case nil: "the wait for the reminder at \(beats[beat].due.map(Clock.seconds) ?? "?")"
        case .response(let response):
            "\(script.cast.name(of: response.volunteerID)) sent volunteer_response \(response.status.rawValue)"
        case let message?: message.action.rawValue
        }
    }
}
