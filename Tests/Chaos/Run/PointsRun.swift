import TestSupport

struct PointsRun {
    let broker: ThrowawayBroker
    let options: Options
    func play() async throws -> Bool { true }
}
