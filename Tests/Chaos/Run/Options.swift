import Foundation

/// The options that `deploy/chaos` passes on. The environment names the broker's folder and the executables.
struct Options {
    var minutes = 5.0
    var seed = UInt64(Date().timeIntervalSince1970)
    /// Whether to crash at pairs of crash points instead of injecting random faults.
    var points = false
    /// How many processes of each service share a folder, or move partitions; 1 if the seed decides about processes.
    var processes = 1
    /// Whether each process has a folder of its own, and partitions are moved between them.
    var moves = false
    /// The folder for logs and files, which are deleted if it is `nil`.
    var keep: String?

    init(_ arguments: some Sequence<String>) throws {
        var iterator = arguments.makeIterator()
        while let argument = iterator.next() {
            switch argument {
            case "--minutes": minutes = try Self.value(iterator.next(), argument) { $0 > 0 && $0 <= 10_080 }
            case "--seed": seed = try Self.value(iterator.next(), argument) { _ in true }
            case "--points": points = true
            case "--processes": processes = try Self.value(iterator.next(), argument) { (2...4).contains($0) }
            case "--moves": moves = true
            case "--keep": keep = iterator.next()
            default: throw ChaosError("unknown option \(argument); see deploy/chaos --help", code: 64)
            }
        }
        if moves { processes = max(processes, 2) }
    }

    private static func value<Value: LosslessStringConvertible>(
        _ text: String?, _ option: String, _ isAllowed: (Value) -> Bool
    ) throws -> Value {
        guard let value = text.flatMap({ Value($0) }), isAllowed(value) else {
            throw ChaosError("\(option) takes a number", code: 64)
        }
        return value
    }

    var length: Duration { .milliseconds(Int64(minutes * 60_000)) }

    /// The command that repeats the run.
    var command: String {
        if points { return "deploy/chaos --points --seed \(seed)" }
        return "deploy/chaos --minutes \(minutes) --seed \(seed)" + (processes > 1 ? " --processes \(processes)" : "")
            + (moves ? " --moves" : "")
    }
}

struct ChaosError: Error, CustomStringConvertible {
    let description: String
    let code: Int32

    init(_ description: String, code: Int32 = 1) {
        self.description = description
        self.code = code
    }
}
