extension KeyedEncodingContainer: FieldWriter where Key == Field {
    typealias Failure = any Error

    mutating func field(_ field: Field, _ text: String?) throws {
        try encodeIfPresent(text, forKey: field)
    }

    mutating func field(_ field: Field, _ number: Int64?) throws {
        try encodeIfPresent(number, forKey: field)
    }

    mutating func field(_ field: Field, _ number: Int?) throws {
        try encodeIfPresent(number, forKey: field)
    }

    mutating func field(_ field: Field, _ bool: Bool?) throws {
        try encodeIfPresent(bool, forKey: field)
    }

    mutating func field(_ field: Field, _ time: WireTime?) throws {
        try encodeIfPresent(time?.description, forKey: field)
    }

    mutating func id(_ field: Field, _ id: ID?, _ form: IDForm) throws {
        guard let id else { return }
        if let number = id.number(in: form) {
            try encode(number, forKey: field)
        } else {
            try encode(id.string, forKey: field)
        }
    }

    mutating func ids(_ field: Field, _ ids: [ID], _ form: IDForm) throws {
        var array = nestedUnkeyedContainer(forKey: field)
        for id in ids {
            if let number = id.number(in: form) {
                try array.encode(number)
            } else {
                try array.encode(id.string)
            }
        }
    }

    mutating func object(_ field: Field, _ object: some FieldCodable) throws {
        try encode(object, forKey: field)
    }

    mutating func objects(_ field: Field, _ objects: [some FieldCodable]) throws {
        try encode(objects, forKey: field)
    }
}

extension ID {
    fileprivate func number(in form: IDForm) -> Int64? {
        form == .enveloped && isWrittenAsNumber ? Int64(string) : nil
    }
}
