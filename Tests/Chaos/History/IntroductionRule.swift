import Contracts

/// A notifier partition is sent an application's create once, directly before the first other message about it, and
/// then every change; what it was sent before that is in the create (contract section 3).
///
/// The changes are the same as those to WaitlistService, where they are in one stream. Messages of a lost life may be
/// repeated, so a history with losses is not checked.
struct IntroductionRule {
    private struct Application {
        var content: ApplicationContent
        /// In the order of the stream.
        var changes: [Message] = []
    }

    private let zone: String
    private var violations: [Violation] = []

    static func violations(_ evidence: Evidence) -> [Violation] {
        guard evidence.history.losses.isEmpty else { return [] }
        var rule = IntroductionRule(zone: evidence.history.conditions.zone)
        var whole: [ID: Application] = [:]
        for observed in evidence.messages(.toWaitlist) { rule.read(observed, into: &whole) }
        for stream in evidence.streams(.toNotifier) { rule.check(stream, whole) }
        return rule.violations
    }

    private init(zone: String) { self.zone = zone }

    private mutating func report(_ name: Violation.Name, _ id: ID, _ text: String) {
        violations.append(Violation(name, application: id, text))
    }

    /// Reads a create, an update or a cancellation. False: the application is not known.
    @discardableResult
    private func read(_ observed: ObservedMessage, into applications: inout [ID: Application]) -> Bool {
        guard let message = observed.message, let id = message.applicationID else { return true }
        switch message {
        case .create(let create) where applications[id] == nil:
            applications[id] = Application(content: ApplicationContent(create, zone: zone))
        case .update(var update):
            update.stamp = nil
            applications[id]?.changes.append(.update(update))
        case .cancel(var cancel):
            cancel.stamp = nil
            applications[id]?.changes.append(.cancel(cancel))
        default: break
        }
        return applications[id] != nil
    }

    private mutating func check(_ stream: Evidence.Stream, _ whole: [ID: Application]) {
        var known: [ID: Application] = [:]
        for (index, observed) in stream.messages.enumerated() {
            guard let message = observed.message, let id = message.applicationID else { continue }
            if case .create = message {
                if known[id] != nil { report(.duplicated, id, "has a second create on \(stream.name)") }
                let next = stream.messages[(index + 1)...].first { $0.message?.action != .cancel }
                if next?.message?.applicationID != id || next?.trace != observed.trace {
                    report(.uncaused, id, "has a create on \(stream.name) without a message that needs it")
                }
            }
            if !read(observed, into: &known), !message.tellsOfUnknownApplication {
                report(.lost, id, "has no create on \(stream.name) before \(observed.line)")
            }
        }
        for (id, application) in known.sorted(by: { $0.key < $1.key }) {
            check(id, application, whole[id], stream.name)
        }
    }

    private mutating func check(_ id: ID, _ application: Application, _ whole: Application?, _ stream: String) {
        guard let whole else { return report(.uncaused, id, "is unknown to WaitlistService, but not on \(stream)") }
        guard whole.changes.suffix(application.changes.count) == application.changes[...] else {
            return report(.lost, id, "has other changes on \(stream) than for WaitlistService")
        }
        let before = whole.changes.dropLast(application.changes.count)
        let content = before.reduce(whole.content) { content, change in
            if case .update(let update) = change { content.updated(by: update) } else { content }
        }
        if content != application.content { report(.stateDiffers, id, "was another when \(stream) got its create") }
    }
}

extension Message {
    /// A refused response to an application that does not exist, or did not exist yet.
    fileprivate var tellsOfUnknownApplication: Bool {
        spotStatus.map { $0.status == .refused && $0.reason == RefusalReason.unknownApplication.rawValue } ?? false
    }
}
