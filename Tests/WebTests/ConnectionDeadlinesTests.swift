import NIOCore
import Testing

@testable import Web

@Suite struct PatienceTests {
    /// Events with the seconds at which they come, then when and why the connection ends; nil when it does not.
    struct Story: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var events: [(Int64, ConnectionDeadlines.Event)] = []
        var end: (Int64, ConnectionDeadlines.Verdict)?
    }

    @Test(arguments: [
        Story(testDescription: "nothing comes", end: (60, .idle)),
        Story(testDescription: "a first byte and no last", events: [(50, .bytesArrived)], end: (65, .slowRequest)),
        Story(
            testDescription: "a byte a second", events: (0..<15).map { ($0, .bytesArrived) }, end: (15, .slowRequest)),
        Story(testDescription: "a request is ours to answer", events: [(0, .bytesArrived), (1, .requestEnded)]),
        Story(
            testDescription: "keep-alive counts from the answer",
            events: [(0, .bytesArrived), (1, .requestEnded), (21, .answerEnded)], end: (81, .idle)),
        Story(
            testDescription: "a next request has its own time",
            events: [(0, .bytesArrived), (1, .requestEnded), (2, .answerEnded), (40, .bytesArrived)],
            end: (55, .slowRequest)),
        Story(
            testDescription: "two at once are ours until both are answered",
            events: [(0, .bytesArrived), (1, .requestEnded), (1, .requestEnded), (30, .answerEnded)]),
        Story(
            testDescription: "and are both answered",
            events: [
                (0, .bytesArrived), (1, .requestEnded), (1, .requestEnded), (30, .answerEnded), (31, .answerEnded),
            ], end: (91, .idle)),
        Story(
            testDescription: "half a request behind one that we answer slowly may wait, for it is not read",
            events: [(0, .bytesArrived), (1, .requestEnded), (2, .bytesArrived)]),
        Story(
            testDescription: "and has its time from then on",
            events: [(0, .bytesArrived), (1, .requestEnded), (2, .bytesArrived), (22, .answerEnded)],
            end: (37, .slowRequest)),
        Story(
            testDescription: "an answer before the end, such as 413, does not buy time",
            events: [(0, .bytesArrived), (2, .answerEnded), (9, .bytesArrived)], end: (15, .slowRequest)),
        Story(
            testDescription: "and the end then is the end",
            events: [(0, .bytesArrived), (2, .answerEnded), (9, .requestEnded)], end: (69, .idle)),
        Story(
            testDescription: "an answer nobody takes",
            events: [(0, .bytesArrived), (1, .requestEnded), (2, .stalled)], end: (32, .doesNotRead)),
        Story(
            testDescription: "an answer taken after all",
            events: [(0, .bytesArrived), (1, .requestEnded), (2, .stalled), (31, .unstalled)]),
        Story(
            testDescription: "stalled twice counts from the second time",
            events: [(0, .bytesArrived), (1, .requestEnded), (2, .stalled), (31, .unstalled), (32, .stalled)],
            end: (62, .doesNotRead)),
        Story(
            testDescription: "said twice, it counts from the first",
            events: [(0, .bytesArrived), (1, .requestEnded), (2, .stalled), (9, .stalled)], end: (32, .doesNotRead)),
    ])
    func `a connection ends when the client owes something too long`(story: Story) {
        let start = NIODeadline.uptimeNanoseconds(1_000)
        var patience = ConnectionDeadlines(limits: ConnectionLimits(), now: start)
        for (second, event) in story.events {
            let before = patience.end
            #expect(before.map { $0.time > start + .seconds(second) } ?? true, "was cut off before")
            patience.note(event, at: start + .seconds(second))
            let soonest = start + .seconds(second) + patience.interval
            // What the guard's timer relies on.
            #expect(patience.end.map { end in end.time >= min(soonest, before?.time ?? soonest) } ?? true)
        }
        #expect(patience.end?.time == story.end.map { start + .seconds($0.0) })
        #expect(patience.end?.verdict == story.end?.1)
    }
}
