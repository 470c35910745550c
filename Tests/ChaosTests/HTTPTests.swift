import ChaosHistory
import Contracts
import Testing

/// Violations in what the HTTP API answers.
@Suite struct HTTPTests {
    private static let v1: ID = .trusted("v1")
    private static let v2: ID = .trusted("v2")

    /// One spot; one volunteer is confirmed and one waits, all over HTTP.
    private func accepted() -> HistoryBuilder {
        var builder = HistoryBuilder()
        builder.door = .http
        builder.create(spots: 1)
        builder.confirm(Self.v1)
        builder.wait(Self.v2, at: 1)
        builder.end(applied: 0)
        builder.history.exchanges = builder.history.commands.map { command in
            HTTPExchange(
                command, .command(hasKey: true), answer: .init(status: 202, operation: "o\(command.number)"),
                operation: .init(status: "succeeded"))
        }
        builder.history.exchanges[1].operation?.outcome = "confirmed"
        builder.history.exchanges[2].operation = .init(status: "succeeded", outcome: "waiting", position: 1)
        builder.history.readings[HistoryBuilder.a] = ApplicationReading(
            status: "open", capacity: 1, freeSpots: 0, confirmed: 1, waiting: 1,
            responses: [Self.v1: .init(state: "confirmed"), Self.v2: .init(state: "waiting", position: 1)])
        return builder
    }

    private func violations(_ change: (inout History) -> Void) -> Set<Violation.Name> {
        var builder = accepted()
        change(&builder.history)
        return builder.violations
    }

    @Test func `accepted commands with their operations and what can be read of them are correct`() {
        #expect(Checker.violations(in: accepted().history).map(\.description) == [])
    }

    @Test func `an accepted command without an effect is lost, one with two is duplicated`() throws {
        #expect(
            violations { history in
                history.messages.removeAll { $0.trace == history.commands[1].trace && $0.producer != nil }
            }.contains(.lost))
        var builder = accepted()
        let trace = builder.history.commands[1].trace
        builder.sendStatus(Self.v1, .confirmed, trace)
        builder.end(applied: 0)
        #expect(builder.violations.contains(.duplicated))
    }

    @Test func `a command that is never answered is lost`() {
        #expect(violations { $0.exchanges[2].answer = nil } == [.lost])
    }

    @Test func `a replay with another operation, or as a new command, is a violation`() {
        func replay(_ answer: HTTPExchange.Answer) -> Set<Violation.Name> {
            violations { $0.exchanges.append(HTTPExchange($0.commands[1], .replay, answer: answer)) }
        }
        #expect(replay(.init(status: 202, operation: "o1", isReplay: true)) == [])
        #expect(replay(.init(status: 202, operation: "o9", isReplay: true)) == [.duplicated])
        #expect(replay(.init(status: 202, operation: "o1")) == [.wrongAnswer])
        #expect(replay(.init(status: 409)) == [.wrongAnswer])
    }

    @Test func `a key with another body must be refused with 422`() {
        for (status, expected) in [(422, []), (202, [.wrongAnswer])] as [(Int, Set<Violation.Name>)] {
            let found = violations {
                $0.exchanges.append(HTTPExchange($0.commands[1], .otherBody, answer: .init(status: status)))
            }
            #expect(found == expected)
        }
    }

    @Test func `an operation that says something else than happened is a wrong answer`() {
        let changes: [(inout HTTPExchange.Operation) -> Void] = [
            { $0.status = "pending" }, { $0.outcome = "confirmed" }, { $0.position = 2 }, { $0.position = nil },
        ]
        for change in changes {
            #expect(violations { change(&$0.exchanges[2].operation!) } == [.wrongAnswer])
        }
        #expect(violations { $0.exchanges[0].operation = nil } == [.wrongAnswer])
        #expect(violations { $0.exchanges[1].operation?.outcome = "declined" } == [.wrongAnswer])
    }

    @Test func `a response that is replaced ends as the one that replaced it`() {
        func check(_ first: HTTPExchange.Operation) -> Set<Violation.Name> {
            var builder = HistoryBuilder()
            builder.door = .http
            builder.create(spots: 1)
            builder.confirm(Self.v1)
            builder.wait(Self.v2, at: 1)
            builder.leaveList(Self.v2)
            builder.wait(Self.v2, at: 2)
            builder.end(applied: 0)
            let operations: [HTTPExchange.Operation] = [
                .init(status: "succeeded"), .init(status: "succeeded", outcome: "confirmed"), first,
                .init(status: "succeeded", outcome: "declined"),
                .init(status: "succeeded", outcome: "waiting", position: 2),
            ]
            builder.history.exchanges = zip(builder.history.commands, operations).map { command, operation in
                HTTPExchange(
                    command, .command(hasKey: true), answer: .init(status: 202, operation: "o\(command.number)"),
                    operation: operation)
            }
            return builder.violations
        }
        #expect(!check(.init(status: "succeeded", outcome: "declined")).contains(.wrongAnswer))
        #expect(!check(.init(status: "succeeded", outcome: "waiting", position: 1)).contains(.wrongAnswer))
        #expect(check(.init(status: "succeeded", outcome: "waiting", position: 2)).contains(.wrongAnswer))
        #expect(check(.init(status: "succeeded", outcome: "confirmed")).contains(.wrongAnswer))
        #expect(check(.init(status: "pending")).contains(.wrongAnswer))
    }

    @Test func `a refusal without a reason is a wrong answer, one with an effect is duplicated`() {
        #expect(
            violations { history in
                let other = Command(history.commands[1].body, number: 9, seed: 7, door: .http)
                history.exchanges.append(
                    HTTPExchange(other, .command(hasKey: true), answer: .init(status: 404, code: "not_found")))
            } == [.wrongAnswer])
        #expect(
            violations { history in
                history.exchanges[1].answer = .init(status: 409, code: "application_cancelled")
                history.exchanges[1].operation = nil
            }.isSuperset(of: [.wrongAnswer, .duplicated]))
    }

    @Test func `a volunteer may be told of the cancellation when a response is refused for it, and of nothing else`() {
        func check(_ status: SpotStatus, to volunteer: ID) -> Set<Violation.Name> {
            var builder = HistoryBuilder()
            builder.door = .http
            builder.create(spots: 1)
            builder.confirm(Self.v1)
            builder.cancel(notifying: [])
            let late = Command(builder.history.commands[1].body, number: 9, seed: 7, door: .http)
            builder.sendStatus(volunteer, status, late.trace)
            builder.end(applied: 0)
            builder.history.exchanges = builder.history.commands.map { command in
                HTTPExchange(
                    command, .command(hasKey: true), answer: .init(status: 202, operation: "o\(command.number)"),
                    operation: .init(status: "succeeded"))
            }
            builder.history.exchanges[1].operation?.outcome = "confirmed"
            builder.history.exchanges.append(
                HTTPExchange(
                    late, .command(hasKey: true), answer: .init(status: 409, code: "application_cancelled")))
            return builder.violations
        }
        #expect(check(.cancelled, to: Self.v1) == [])
        #expect(check(.cancelled, to: Self.v2).contains(.duplicated))
        #expect(check(.confirmed, to: Self.v1).contains(.duplicated))
    }

    @Test func `what is read must be what happened`() {
        let changes: [(inout ApplicationReading) -> Void] = [
            { $0.status = "cancelled" }, { $0.capacity = 2 }, { $0.freeSpots = 1 }, { $0.confirmed = 0 },
            { $0.waiting = 0 }, { $0.responses[Self.v1] = nil }, { $0.responses[Self.v2]?.position = 2 },
            { $0.responses[.trusted("v3")] = .init(state: "confirmed") },
        ]
        for change in changes {
            #expect(violations { change(&$0.readings[HistoryBuilder.a]!) } == [.wrongAnswer])
        }
    }
}
