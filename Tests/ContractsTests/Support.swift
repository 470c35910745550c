import Contracts
import Foundation

/// Files in the folder `Examples`.
enum Example {
    static func bytes(_ name: String) throws -> [UInt8] {
        let url = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Examples/\(name).json")
        return [UInt8](try Data(contentsOf: url))
    }
}

func zone(_ name: String) throws -> ZoneRules {
    guard let zone = CivilClock.zone(named: name) else { throw MessageError(code: .badValue, detail: name) }
    return zone
}

/// The instant of a time with a zone.
func instant(_ text: String) throws -> Timestamp {
    try WireTime(parsing: text).timestamp(in: zone("UTC"))
}

/// The JSON as Foundation parses it, to compare two encodings without regard to the order of fields.
func object(_ json: some Sequence<UInt8>) throws -> NSObject {
    guard let object = try JSONSerialization.jsonObject(with: Data(json)) as? NSObject else {
        throw MessageError(code: .notJSON, detail: "not an object")
    }
    return object
}

/// The error of parsing a body, or `nil` if it is valid.
func parseError(_ body: String) -> MessageError? {
    parseError([UInt8](body.utf8))
}

func parseError(_ body: [UInt8]) -> MessageError? {
    do {
        _ = try Message(parsing: body)
        return nil
    } catch {
        return error
    }
}
