import Foundation

/// A JSON value with access by name.
indirect enum JSON: Hashable, Sendable {
    case null
    case bool(Bool)
    case int(Int)
    case double(Double)
    case string(String)
    case array([JSON])
    case object([String: JSON])

    init(_ bytes: some Sequence<UInt8>) throws {
        self = try JSONDecoder().decode(JSON.self, from: Data(bytes))
    }

    subscript(_ name: String) -> JSON? { object?[name] }

    var object: [String: JSON]? { if case .object(let value) = self { value } else { nil } }
    var array: [JSON]? { if case .array(let value) = self { value } else { nil } }
    var string: String? { if case .string(let value) = self { value } else { nil } }
    var bool: Bool? { if case .bool(let value) = self { value } else { nil } }
    /// The elements of an array of strings; otherwise empty.
    var strings: [String] { array?.compactMap(\.string) ?? [] }
    var keys: Set<String> { Set((object ?? [:]).keys) }
    var reference: String? { self["$ref"]?.string }

    var bytes: [UInt8] {
        get throws { [UInt8](try JSONEncoder().encode(self)) }
    }

    /// The value at a JSON pointer (RFC 6901), without the leading `#`.
    func at(_ pointer: Substring) -> JSON? {
        pointer.split(separator: "/").reduce(self) { json, part in
            let name = part.replacing("~1", with: "/").replacing("~0", with: "~")
            return json?[String(name)]
                ?? json?.array.flatMap { items in
                    Int(name).flatMap { items.indices.contains($0) ? items[$0] : nil }
                }
        }
    }

    /// All objects in it, including itself, with their pointers.
    func objects(at pointer: String = "#") -> [(pointer: String, object: [String: JSON])] {
        switch self {
        case .object(let fields):
            [(pointer, fields)] + fields.flatMap { $0.value.objects(at: "\(pointer)/\($0.key)") }
        case .array(let items):
            items.enumerated().flatMap { $0.element.objects(at: "\(pointer)/\($0.offset)") }
        default: []
        }
    }
}

extension JSON: Codable {
    init(from decoder: any Decoder) throws {
        let value = try decoder.singleValueContainer()
        if value.decodeNil() {
            self = .null
        } else if let bool = try? value.decode(Bool.self) {
            self = .bool(bool)
        } else if let int = try? value.decode(Int.self) {
            self = .int(int)
        } else if let double = try? value.decode(Double.self) {
            self = .double(double)
        } else if let string = try? value.decode(String.self) {
            self = .string(string)
        } else if let array = try? value.decode([JSON].self) {
            self = .array(array)
        } else {
            self = .object(try value.decode([String: JSON].self))
        }
    }

    func encode(to encoder: any Encoder) throws {
        var value = encoder.singleValueContainer()
        switch self {
        case .null: try value.encodeNil()
        case .bool(let bool): try value.encode(bool)
        case .int(let int): try value.encode(int)
        case .double(let double): try value.encode(double)
        case .string(let string): try value.encode(string)
        case .array(let array): try value.encode(array)
        case .object(let object): try value.encode(object)
        }
    }
}
