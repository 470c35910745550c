import Contracts
import Foundation

/// Files beside the tests, and short ways to make values that are known to be good.
enum Example {
    static func bytes(_ name: String) throws -> [UInt8] {
        let url = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Examples/\(name).json")
        return [UInt8](try Data(contentsOf: url))
    }
}

func zone(_ name: String) throws -> TimeZone {
    guard let zone = CivilClock.zone(named: name) else { throw MessageError(code: .badValue, detail: name) }
    return zone
}

/// The instant of a time with a zone.
func instant(_ text: String) throws -> Timestamp {
    try WireTime(parsing: text).timestamp(in: zone("UTC"))
}

/// What Foundation makes of JSON, for comparing two writings without regard to the order of fields.
func object(_ json: some Sequence<UInt8>) throws -> NSObject {
    guard let object = try JSONSerialization.jsonObject(with: Data(json)) as? NSObject else {
        throw MessageError(code: .notJSON, detail: "no object")
    }
    return object
}

/// The error of reading a body, or `nil` when it is understood.
func refusal(_ body: String) -> MessageError? {
    refusal([UInt8](body.utf8))
}

func refusal(_ body: [UInt8]) -> MessageError? {
    do {
        _ = try Message(parsing: body)
        return nil
    } catch {
        return error
    }
}
