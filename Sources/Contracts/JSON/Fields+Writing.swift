/// Writes ids in the two ways of contract section 1, and times as text.
extension KeyedEncodingContainer where Key == Field {
    mutating func encodeEnveloped(_ id: ID, _ field: Field) throws {
        if id.isWrittenAsNumber, let number = Int64(id.string) {
            try encode(number, forKey: field)
        } else {
            try encode(id.string, forKey: field)
        }
    }

    mutating func encodeEnveloped(_ ids: [ID], _ field: Field) throws {
        var array = nestedUnkeyedContainer(forKey: field)
        for id in ids {
            if id.isWrittenAsNumber, let number = Int64(id.string) {
                try array.encode(number)
            } else {
                try array.encode(id.string)
            }
        }
    }

    mutating func encodeFlat(_ id: ID?, _ field: Field) throws {
        try encodeIfPresent(id?.string, forKey: field)
    }

    mutating func encodeText(_ value: (any CustomStringConvertible)?, _ field: Field) throws {
        try encodeIfPresent(value?.description, forKey: field)
    }
}
