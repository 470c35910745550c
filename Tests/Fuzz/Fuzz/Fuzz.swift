import Foundation
import Fuzzing

/// Fuzzes every reader of outside input, in a child process, so that a crash is a finding and does not end the run.
@main
enum Fuzz {
    static func main() {
        do {
            let options = try Options(Array(CommandLine.arguments.dropFirst()))
            switch options.mode {
            case .run: exit(try Supervisor(options).run())
            case .worker(let folder): try Worker(options, folder: folder).run()
            case .check(let input): exit(try check(input, options))
            }
        } catch {
            try? FileHandle.standardError.write(contentsOf: Data("fuzz: \(error)\n".utf8))
            exit(64)
        }
    }

    /// The exit code for an input with a violation.
    static let violationExitCode: Int32 = 3

    /// Checks one input in this process, to reproduce a finding.
    private static func check(_ input: [UInt8], _ options: Options) throws -> Int32 {
        guard options.readers.count == 1, let reader = options.readers.first else {
            throw UsageError("an input needs exactly one --reader")
        }
        var campaign = Campaign([reader], seed: 1, measuresMemory: true)
        if let finding = campaign.check(.init(reader: 0, input: input)) {
            print(finding.violation)
            return violationExitCode
        }
        print(try reader.check(input))
        return 0
    }
}

/// Wrong use of the command line.
struct UsageError: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}

/// The command line.
struct Options {
    enum Mode {
        case run
        /// The child process; it reports in the folder.
        case worker(folder: String)
        case check([UInt8])
    }

    private(set) var mode = Mode.run
    private(set) var minutes = 1.0
    private(set) var seed: UInt64
    private(set) var readers = FuzzedReader.all

    init(_ arguments: [String]) throws {
        var seed: UInt64?
        var rest = arguments[...]
        while let name = rest.popFirst() {
            guard let value = rest.popFirst() else { throw UsageError("\(name) needs a value") }
            switch name {
            case "--minutes":
                guard let number = Double(value), number > 0, number < 1e6 else {
                    throw UsageError("--minutes needs a positive number")
                }
                minutes = number
            case "--seed":
                guard let number = UInt64(value) else { throw UsageError("--seed needs a positive whole number") }
                seed = number
            case "--reader":
                readers = try value.split(separator: ",").map { name in
                    guard let reader = FuzzedReader.named(String(name)) else {
                        throw UsageError("readers: \(FuzzedReader.all.map(\.name).joined(separator: ", "))")
                    }
                    return reader
                }
            case "--input":
                guard let bytes = [UInt8](hexadecimal: value) else {
                    throw UsageError("--input needs hexadecimal digits")
                }
                mode = .check(bytes)
            case "--file": mode = .check(Array(try Data(contentsOf: URL(filePath: value))))
            case "--worker": mode = .worker(folder: value)
            default: throw UsageError("unknown option \(name); see deploy/fuzz --help")
            }
        }
        guard !readers.isEmpty else { throw UsageError("--reader needs a name") }
        self.seed = seed ?? .random(in: 1...999_999)
    }
}

extension [UInt8] {
    init?(hexadecimal text: String) {
        guard text.utf8.count % 2 == 0 else { return nil }
        var bytes: [UInt8] = []
        var rest = text.utf8[...]
        while let high = rest.popFirst(), let low = rest.popFirst() {
            let digits = String(decoding: [high, low], as: UTF8.self)
            guard digits.utf8.allSatisfy({ $0 != 0x2b && $0 != 0x2d }), let byte = UInt8(digits, radix: 16) else {
                return nil
            }
            bytes.append(byte)
        }
        self = bytes
    }

    var hexadecimal: String {
        map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
}
