import ChaosHistory
import Contracts
import Foundation
import TestSupport

extension ChaosStage {
    /// Has the process that has the partition's file give it to `receiver`, or to the next process if it is that one.
    /// The move fails if one of the two is down or cut off, and perhaps in the middle.
    func move(_ name: String, to receiver: ServiceUnderTest) async {
        let processes = targets.filter { $0.service == receiver.service }
        guard let source = processes.first(where: { $0.files.contains { $0.address.partition.name == name } }) else {
            return runLog.note("\(name) is on its way to another process")
        }
        let next = processes[(source.index + 1) % processes.count]
        let target = source === receiver ? next : receiver
        let output = try? await source.process.run("move", name, "--to", target.processName)
        let isMoved = output?.exitCode == 0
        runLog.recordMove(isMoved)
        let text = isMoved ? output?.lines.first : output?.stderr.split(separator: "\n").first.map(String.init)
        runLog.note("\(source.name) \(isMoved ? "has given away" : "keeps") \(name): \(text ?? "no answer")")
    }

    /// The partitions that not exactly one process serves, moves that are not over, and copies that are left of others.
    func unsettledMoves() async throws -> [String] {
        guard conditions.moving > 1 else { return [] }
        var reasons: [String] = []
        var owners: [String: Int] = [:]
        for target in targets {
            for line in try await target.process.items("partitions", as: PartitionLine.self) {
                guard let partition = line.partition else { continue }
                if line.state == "serving" { owners[partition, default: 0] += 1 }
                if line.state == "moving" { reasons.append("\(target.name) has not moved \(partition) yet") }
            }
            reasons += target.arriving.map { "\(target.name) has \($0)" }
        }
        for service in ServiceName.allCases {
            for number in 0..<conditions.partitions {
                let partition = Address(service: service, partition: Partition(number: number)).name
                let count = owners[partition, default: 0]
                if count != 1 { reasons.append("\(partition) is served by \(count) processes") }
            }
        }
        return reasons
    }
}

/// A line of the subcommand `partitions`.
private struct PartitionLine: Decodable {
    let partition: String?
    let state: String?
}
