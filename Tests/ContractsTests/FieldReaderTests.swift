import Contracts
import Foundation
import Testing

/// A body is read from its bytes, and any `Decoder` reads the same fields: both must agree on what is valid, on the
/// values and on the errors.
@Suite struct `Both ways to read a message` {
    /// JSON values in the place of each value of each sample.
    private static let values = [
        "null", "true", "false", "0", "-0", "5", "-1", "5.0", "1e2", "1E+2", "1.5", "1e-1", "1e400", "123456789012345",
        "1000000000000000", "9223372036854775807", "9223372036854775808", "-9223372036854775808",
        "-9223372036854775809", "99999999999999999999", #""""#, #""x""#, #""7""#, #""\u0041\n\"\\\/""#,
        #""\ud83e\uddf9""#, #""\ud83e""#, #""\uddf9\ud83e""#, "[]", "{}", "[null]", "[1,\"a\",2]", "[1,[]]",
        "[\"a\",true]", "[1.5]", #"["\ud83e"]"#, "[{}]", "[{\"volunteer_id\":1},null]", "[[]]", #"{"a":1}"#,
        #"{"action":5}"#,
        " [ 1 , 2 ] ", " { \"x\" : [ { } ] } ",
    ]

    @Test(arguments: try Samples.all())
    func `agree on every value in every field`(message: Message) throws {
        let sample = try #require(try JSONSerialization.jsonObject(with: Data(message.encoded())) as? [String: Any])
        var count = 0
        for body in Self.bodies(with: Self.values, in: sample) {
            expectAgreement(body)
            count += 1
        }
        #expect(count >= Self.values.count)
    }

    @Test(arguments: try Samples.all())
    func `agree when a field is absent, or has an escaped name`(message: Message) throws {
        let body = String(decoding: message.encoded(), as: UTF8.self)
        let names = body.matches(of: /"([a-zA-Z_]+)":/).map { String($0.output.1) }
        for name in names {
            expectAgreement(body.replacing("\"\(name)\":", with: "\"another_\(name)\":"))
            let escaped = name.unicodeScalars.map { "\\u00" + String($0.value, radix: 16) }.joined()
            let renamed = body.replacing("\"\(name)\":", with: "\"\(escaped)\" : ")
            expectAgreement(renamed)
            #expect(try Message(streamed: renamed.utf8) == message)
            expectAgreement(body.replacing("\"\(name)\":", with: "\"\\ud83e\":"))
        }
    }

    private func expectAgreement(_ body: String, sourceLocation: SourceLocation = #_sourceLocation) {
        let read: Result<Message, MessageError> = Result { () throws(MessageError) in
            try Message(streamed: Array(body.utf8))
        }
        let decoded: Result<Message, MessageError> = Result { () throws(MessageError) in
            do {
                return try JSONDecoder().decode(Message.self, from: Data(body.utf8))
            } catch {
                throw MessageError(decoding: error)
            }
        }
        #expect(read == decoded, "\(body)", sourceLocation: sourceLocation)
    }

    /// A body for each value in each place of the object, at any depth.
    private static func bodies(with values: [String], in object: [String: Any]) -> [String] {
        let mark = "value to replace"
        return marked(object, mark).flatMap { marked -> [String] in
            guard let data = try? JSONSerialization.data(withJSONObject: marked, options: .withoutEscapingSlashes)
            else {
                return []
            }
            let body = String(decoding: data, as: UTF8.self)
            return values.map { body.replacing("\"\(mark)\"", with: $0) }
        }
    }

    /// The value with the mark in one of its places, for each place.
    private static func marked(_ value: Any, _ mark: String) -> [Any] {
        var results: [Any] = []
        if let object = value as? [String: Any] {
            for (name, value) in object {
                for marked in [mark] + marked(value, mark) { results.append(object.merging([name: marked]) { $1 }) }
            }
        } else if let array = value as? [Any] {
            for index in array.indices {
                for marked in [mark] + marked(array[index], mark) {
                    var array = array
                    array[index] = marked
                    results.append(array)
                }
            }
        }
        return results
    }
}
