import Foundation
import Fuzzing

/// Fuzzes every reader of what comes from outside, in a child process, so that a trap is a finding and not the end.
@main
enum Fuzz {
    static func main() {
        do {
            let options = try Options(Array(CommandLine.arguments.dropFirst()))
            switch options.mode {
            case .run: exit(try Parent(options).run())
            case .child(let folder): try Child(options, folder: folder).run()
            case .judge(let input): exit(try judge(input, options))
            }
        } catch {
            try? FileHandle.standardError.write(contentsOf: Data("fuzz: \(error)\n".utf8))
            exit(64)
        }
    }

    /// Exit code of a judged input with a flaw.
    static let flawed: Int32 = 3

    /// One input, judged in this process: what a reproducer does.
    private static func judge(_ input: [UInt8], _ options: Options) throws -> Int32 {
        guard options.subjects.count == 1, let subject = options.subjects.first else {
            throw Wrong("an input goes with one --reader")
        }
        // Its own seeds would be drawn first.
        let alone = Subject(subject.name, seeds: [], vary: subject.vary, judge: subject.judge)
        var campaign = Campaign([alone], seed: 1, isAlone: true)
        if let finding = campaign.judge(.init(subject: 0, input: input)) {
            print(finding.flaw)
            return flawed
        }
        print((try? subject.judge(input)) ?? "")
        return 0
    }
}

/// A wrong call.
struct Wrong: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}

/// The command line.
struct Options {
    enum Mode {
        case run
        /// The process that does the work; the folder is where it reports.
        case child(folder: String)
        case judge([UInt8])
    }

    private(set) var mode = Mode.run
    private(set) var minutes = 1.0
    private(set) var seed: UInt64
    private(set) var subjects = Subject.all

    init(_ arguments: [String]) throws {
        var seed: UInt64?
        var rest = arguments[...]
        while let name = rest.popFirst() {
            guard let value = rest.popFirst() else { throw Wrong("\(name) needs a value") }
            switch name {
            case "--minutes":
                guard let number = Double(value), number > 0, number < 1e6 else { throw Wrong("so many minutes?") }
                minutes = number
            case "--seed":
                guard let number = UInt64(value) else { throw Wrong("a seed is a whole number") }
                seed = number
            case "--reader":
                subjects = try value.split(separator: ",").map { name in
                    guard let subject = Subject.named(String(name)) else {
                        throw Wrong("readers are \(Subject.all.map(\.name).joined(separator: ", "))")
                    }
                    return subject
                }
            case "--input":
                guard let bytes = [UInt8](hexadecimal: value) else { throw Wrong("an input is hexadecimal digits") }
                mode = .judge(bytes)
            case "--file": mode = .judge(Array(try Data(contentsOf: URL(filePath: value))))
            case "--child": mode = .child(folder: value)
            default: throw Wrong("unknown option \(name); see deploy/fuzz --help")
            }
        }
        guard !subjects.isEmpty else { throw Wrong("no reader") }
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
