import Contracts

/// An id in the API's JSON: a number or a string.
struct DecodedID: Decodable, Sendable, Hashable {
    var id: ID

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let number = try? container.decode(Int64.self)
        let id = try number.map { ID(number: $0) } ?? ID(validating: container.decode(String.self))
        guard let id else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "not an id")
        }
        self.id = id
    }
}

extension KeyedDecodingContainer<JSONKey> {
    func id(_ key: JSONKey) throws -> ID { try decode(DecodedID.self, forKey: key).id }

    func text(_ key: JSONKey) throws -> String { try decode(String.self, forKey: key) }

    func textIfPresent(_ key: JSONKey) throws -> String? { try decodeIfPresent(String.self, forKey: key) }

    func number(_ key: JSONKey) throws -> Int { try decode(Int.self, forKey: key) }

    func numberIfPresent(_ key: JSONKey) throws -> Int? { try decodeIfPresent(Int.self, forKey: key) }

    /// One of a few words. A word that a newer version has added is an error: the page has no sentence for it.
    func word<Word: RawRepresentable<String>>(_ key: JSONKey) throws -> Word {
        guard let word = Word(rawValue: try text(key)) else { throw invalid(key) }
        return word
    }

    func time(_ key: JSONKey) throws -> Timestamp {
        guard let time = try timeIfPresent(key) else { throw invalid(key) }
        return time
    }

    func timeIfPresent(_ key: JSONKey) throws -> Timestamp? {
        try textIfPresent(key).map { try WireTime(parsing: $0).timestamp(in: .gmt) }
    }

    func date(_ key: JSONKey) throws -> CivilDate { try CivilDate(parsing: text(key)) }

    func clock(_ key: JSONKey) throws -> CivilTime { try CivilTime(parsing: text(key)) }

    private func invalid(_ key: JSONKey) -> DecodingError {
        .dataCorruptedError(forKey: key, in: self, debugDescription: "not readable")
    }
}
