import Contracts
import NotifierDomain

/// Sends the probes to a receiver, one after the other.
struct ReceiverCheck {
    struct Result: Sendable {
        let probe: ReceiverProbe
        let outcome: AttemptOutcome
        let time: Duration

        /// Nil if the receiver did what it should.
        var fault: String? {
            switch outcome {
            case .answered(let status, _, _): probe.fault(of: status)
            case .failed(.timeout): "answer within 15 seconds; do the work afterwards"
            case .failed: "there was no answer"
            }
        }

        /// The status, or why there is none.
        var answer: String {
            switch outcome {
            case .answered(let status, _, _): "\(status)"
            case .failed(let failure): failure.rawValue
            }
        }
    }

    let sender: HTTPWebhookSender
    let url: String

    /// - Parameter report: called after each probe.
    func run(_ probes: [ReceiverProbe], report: (Result) -> Void) async {
        for probe in probes {
            let start = ContinuousClock.now
            let outcome = await sender.post(probe.body, to: url, fields: probe.headers)
            report(Result(probe: probe, outcome: outcome, time: start.duration(to: .now)))
            // A receiver that is not there would fail in the same way a dozen times more.
            if case .failed(let failure) = outcome, failure != .timeout, failure != .responseInvalid { return }
        }
    }
}
