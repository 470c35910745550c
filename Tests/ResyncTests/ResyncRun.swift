import Contracts
import Foundation
import SeededRandom
import TestSupport

/// Random commands, while files are lost or replaced by older copies.
final class ResyncRun {
    /// What a run may do to the files.
    struct Faults {
        /// Which partitions' files, by their index in ``Network/nodes``.
        var nodes: [Int] = []
        /// Whether a lost file is replaced by an older copy, and not only by nothing.
        var hasCopies = true
        /// Whether nothing happens until a lost file is back.
        var isQuiet = true
        /// Whether files are lost while messages are on their way.
        var duringTraffic = false
        /// Whether anything is done: otherwise the run is the same without it.
        var isOn = true
    }

    private var commands: SeededGenerator
    private let faults: Faults
    private var faultChoices: SeededGenerator
    private var delivery: SeededGenerator
    private let applications: [ID]
    private var copies: [Int: [TemporaryFolder]] = [:]
    private(set) var steps: [String] = []

    /// - Parameter applications: their number; with more of them some concern no one in a notifier partition.
    init(seed: UInt64, _ faults: Faults, applications count: Int = 5) {
        commands = SeededGenerator(seed: seed)
        faultChoices = SeededGenerator(seed: seed &+ 1_000_000)
        delivery = SeededGenerator(seed: seed &+ 2_000_000)
        self.faults = faults
        applications = (0..<99).map { ID.trusted("a\($0)") }
            .filter { Partition.of($0, count: Network.partitions).number == 0 }.prefix(count).map { $0 }
    }

    func run(_ network: Network) async throws {
        for application in applications { network.send(.create(application, spots: 2)) }
        for _ in 1...6 {
            for _ in 1...commands.int(in: 4...12) { try await step(network) }
            // Without traffic the files are lost while nothing is on its way. It takes as long in each run.
            if !faults.duringTraffic { try await network.pass(rounds: 20) }
            try await fault(network)
            if !faults.duringTraffic, faults.isQuiet { try await network.pass(rounds: 20) }
        }
    }

    // MARK: - Commands

    private func step(_ network: Network) async throws {
        let command = command()
        steps.append(Self.text(command))
        network.send(command)
        network.wall.advance(.seconds(commands.int(in: 0...40)))
        for node in network.nodes where faults.duringTraffic ? delivery.int(in: 0...2) > 0 : true {
            try await network.pump(node, limit: faults.duringTraffic ? delivery.int(in: 0...4) : .max)
        }
    }

    private func command() -> Message {
        let application = applications[commands.int(in: 0...applications.count - 1)]
        let volunteer = ID.trusted("v\(commands.int(in: 1...7))")
        switch commands.int(in: 0...19) {
        case 0...9:
            return .response(VolunteerResponse(volunteerID: volunteer, applicationID: application, status: .accepted))
        case 10...15:
            return .response(VolunteerResponse(volunteerID: volunteer, applicationID: application, status: .declined))
        case 16...17:
            return .update(
                UpdateVolunteerApplication(applicationID: application, availableSpots: commands.int(in: 1...4)))
        case 18:
            return .update(
                UpdateVolunteerApplication(applicationID: application, name: "Name \(commands.int(in: 1...9))"))
        default: return .create(application, spots: 2)
        }
    }

    private static func text(_ command: Message) -> String {
        let id = command.applicationID?.string ?? ""
        return switch command {
        case .response(let response): "\(response.volunteerID.string) \(response.status) \(id)"
        case .update(let update): "\(id): \(update.availableSpots.map(String.init) ?? update.name ?? "")"
        default: "\(command.action) \(id)"
        }
    }

    // MARK: - Faults

    private func fault(_ network: Network) async throws {
        guard faults.isOn, let index = faults.nodes.randomElement(using: &faultChoices) else { return }
        let node = network.nodes[index]
        await network.stop(node)
        if faults.hasCopies, faultChoices.oneIn(2) || copies[index] == nil {
            copies[index, default: []].append(try node.copy())
            steps.append("copy \(node.address)")
        } else if let copy = copies[index]?.randomElement(using: &faultChoices), !faultChoices.oneIn(3) {
            steps.append("restore \(node.address)")
            try FileManager.default.removeItem(at: node.folder.url)
            try FileManager.default.copyItem(at: copy.url, to: node.folder.url)
        } else {
            steps.append("empty \(node.address)")
            node.folder = try TemporaryFolder("empty")
        }
        try network.start(node)
    }
}
