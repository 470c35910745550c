/// All methods use `decodeIfPresent` or look for `null` first, because `null` counts as absent.
extension KeyedDecodingContainer: FieldReader where Key == Field {
    func string(_ field: Field) throws -> String? { try value(field, as: String.self) }

    func number(_ field: Field) throws -> Int64? { try value(field, as: Int64.self) }

    func bool(_ field: Field) throws -> Bool? { try value(field, as: Bool.self) }

    func strings(_ field: Field) throws -> [String]? { try value(field, as: [String].self) }

    func id(_ field: Field, _ form: IDForm) throws -> ID? {
        switch form {
        case .enveloped:
            do {
                return try numberID(field)
            } catch DecodingError.typeMismatch {
                return try stringID(field)
            }
        case .flat:
            do {
                return try stringID(field)
            } catch DecodingError.typeMismatch {
                return try numberID(field)
            }
        }
    }

    func ids(_ field: Field) throws -> [ID]? {
        guard contains(field), try !decodeNil(forKey: field) else { return nil }
        var container = try nestedUnkeyedContainer(forKey: field)
        var ids: [ID] = []
        while !container.isAtEnd {
            let id: ID?
            do {
                id = try Self.id(in: &container)
            } catch let error as DecodingError {
                throw error
            } catch {
                id = nil
            }
            guard let id else {
                let pointer = pointer(to: field) + "/\(ids.count)"
                throw MessageError(code: .badValue, pointer: pointer, detail: ID.rule)
            }
            ids.append(id)
        }
        return ids
    }

    /// Nil if the element is not an id by its value; throws if it is not one by its type.
    private static func id(in container: inout any UnkeyedDecodingContainer) throws -> ID? {
        do {
            return ID(validating: try container.decode(String.self))
        } catch DecodingError.typeMismatch {
            return ID(number: try container.decode(Int64.self))
        }
    }

    func object(_ field: Field) throws -> Self? {
        guard contains(field), try !decodeNil(forKey: field) else { return nil }
        return try nestedContainer(keyedBy: Field.self, forKey: field)
    }

    func objects(_ field: Field) throws -> [Self]? {
        guard contains(field), try !decodeNil(forKey: field) else { return nil }
        var container = try nestedUnkeyedContainer(forKey: field)
        var objects: [Self] = []
        while !container.isAtEnd { objects.append(try container.nestedContainer(keyedBy: Field.self)) }
        return objects
    }

    func pointer(to field: Field) -> String { MessageError.pointer(codingPath, field) }

    /// Foundation reports a number out of range and an escape that is not a scalar as an error without a coding path;
    /// this adds the field.
    private func value<T: Decodable>(_ field: Field, as type: T.Type) throws -> T? {
        do {
            return try decodeIfPresent(type, forKey: field)
        } catch let error as DecodingError {
            throw error
        } catch {
            throw self.error(.badValue, field, type == Int64.self ? Self.numberRule : Self.unicodeRule)
        }
    }

    private func numberID(_ field: Field) throws -> ID? { try number(field).map { try id(number: $0, field) } }

    private func stringID(_ field: Field) throws -> ID? { try string(field).map { try id(string: $0, field) } }
}
