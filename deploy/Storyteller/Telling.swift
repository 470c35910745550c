import Contracts

/// The state of the story: a value that takes events and returns what to do.
struct Telling: Sendable {
    enum Step: Sendable {
        case title(Int, Script.Chapter)
        case line(Line)
        case send(Message)
        /// Shown in the place of the last line until the next line.
        case countdown(Line)
        /// Deliver the event after this time.
        case later(Duration, Event)
        case end(Verdict)
    }

    enum Verdict: Sendable, Hashable {
        case asItShould(seen: Int, took: Duration)
        /// What went wrong, in lines.
        case otherwise([String])
    }

    /// The time limit of a beat. It takes milliseconds, but the machine may be busy.
    static let limit = Duration.seconds(20)
    /// How far ahead the reminder is due when the application is moved: time for everyone to be notified first.
    static let lead = Duration.seconds(4)
    /// The lead is at least this many times the slowest beat so far.
    static let leadFactor = 8

    private let script: Script
    private let narrator: Narrator
    private let endpoint: String
    private(set) var verdict: Verdict?
    /// The last beats are added when their time is known.
    private var beats: [Script.Beat]
    private var isMoved = false
    /// -1 before the first beat, while there is no connection to the broker.
    private var beat = -1
    private var beatBegan = Timestamp.now()
    private var slowest = Duration.zero
    private var chapter = 0
    private var missing: [Expectation] = []
    private var met: [(expectation: Expectation, observed: ObservedMessage)] = []
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
        case .seen(let observed): return see(observed)
        case .unreadable(let key, let reason):
            return verdict == nil ? [] : [.line(narrator.unreadable(key, reason))]
        case .disconnected(let reason):
            trouble = reason
            return []
        case .hopeless(let reason): return end(.otherwise(["Cannot use the broker at \(endpoint): \(reason)"]))
        case .deadline(let late):
            // During the silence after a beat nothing is missing.
            guard late == beat, verdict == nil, beat < 0 || !missing.isEmpty else { return [] }
            return end(.otherwise(missed()))
        case .silence(let done): return done == beat && verdict == nil ? next() : []
        case .tick(let current): return current == beat ? countdown() : []
        case .signal: return []
        }
    }

    private mutating func see(_ observed: ObservedMessage) -> [Step] {
        // A republished message counts once.
        if let id = observed.messageID, !known.insert(id).inserted { return [] }
        let isOurs = observed.message.applicationID == script.application
        guard verdict == nil else { return narrator.line(for: observed).map { [.line($0)] } ?? [] }
        guard isOurs else { return [] }
        var steps = narrator.line(for: observed).map { [Step.line($0)] } ?? []
        if observed.isCommand { return steps }
        seen += 1
        guard let index = missing.firstIndex(where: { $0.isMet(observed) }) else {
            return steps + end(.otherwise(unexpected(observed)))
        }
        met.append((missing.remove(at: index), observed))
        guard missing.isEmpty else { return steps }
        if let wrong = beats[beat].together(met.map(\.observed)) {
            return steps + end(.otherwise(["After \(said()), something was wrong:", "  ?  \(wrong)"] + report()))
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
            // On a slow machine it takes longer until everyone is notified.
            beats += script.beats(of: Move(at: time, lead: max(Self.lead, slowest * Self.leadFactor)))
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

    /// The seconds until the beat is due.
    private func countdown() -> [Step] {
        guard verdict == nil, beats.indices.contains(beat), let due = beats[beat].due, met.isEmpty else { return [] }
        let rest = due - .now()
        let seconds = Int((rest / .seconds(1)).rounded(.up))
        let line = Step.countdown(narrator.countdown(max(0, seconds)))
        // The next tick is at a full second.
        return seconds > 0 ? [line, .later(rest - .seconds(seconds - 1), .tick(beat: beat))] : [line]
    }

    private mutating func end(_ verdict: Verdict) -> [Step] {
        self.verdict = verdict
        return [.end(verdict)]
    }

    // MARK: - Failures

    private func missed() -> [String] {
        let limit = "\(Self.limit.components.seconds) s"
        guard beat >= 0 else {
            return ["No connection to the broker at \(endpoint) within \(limit): \(trouble ?? "no answer")"]
        }
        var lines = ["Not all messages arrived within \(limit) after \(said()):"] + report()
        if let trouble { lines.append("The connection to the broker was lost: \(trouble)") }
        if seen == 0 {
            lines.append(
                "No service answered: are ApplicationService and WaitlistService running and connected to \(endpoint)?")
        } else if let first = missing.first {
            lines.append(
                "The first missing message comes from \(first.author): is it running, and what does its log say?")
        }
        return lines
    }

    private func unexpected(_ observed: ObservedMessage) -> [String] {
        let to = observed.recipient.map { " to \($0.rawValue)" } ?? ""
        var what = "  ?  \(observed.message.action.rawValue)\(to): \(observed.body)"
        if case .notification(let notification) = observed.message {
            let name = script.cast.name(of: notification.userID)
            let kind = notification.kind?.rawValue ?? "unknown"
            what = "  ?  notification: \(name), of kind \(kind): \(notification.message)"
        }
        return ["After \(said()), an unexpected message arrived:", what] + report()
    }

    /// The expected messages of this beat, and whether they arrived.
    private func report() -> [String] {
        met.map { "  ✓  \($0.expectation.what)" } + missing.map { "  ✗  \($0.what)" }
    }

    /// How the beat began.
    private func said() -> String {
        switch beats[beat].says {
        case nil: "the wait for the reminder at \(beats[beat].due.map(Clock.seconds) ?? "?")"
        case .response(let response):
            "\(script.cast.name(of: response.volunteerID)) sent volunteer_response \(response.status.rawValue)"
        case let message?: message.action.rawValue
        }
    }
}
