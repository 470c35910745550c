import Yams

extension Node {
    /// Appends the node as compact JSON. A date without quotes becomes a string.
    /// - Throws: ``Bundler/Failure`` for a value that JSON cannot express: an infinite number, or a key that is not a
    ///   string.
    func write(to json: inout String) throws {
        switch self {
        case .mapping(let pairs):
            json.append("{")
            for (index, (key, value)) in pairs.enumerated() {
                if index > 0 { json.append(",") }
                guard let key = key.scalar?.string else { throw Bundler.Failure(description: "a key is not a string") }
                Self.write(key, to: &json)
                json.append(":")
                try value.write(to: &json)
            }
            json.append("}")
        case .sequence(let items):
            json.append("[")
            for (index, item) in items.enumerated() {
                if index > 0 { json.append(",") }
                try item.write(to: &json)
            }
            json.append("]")
        case .scalar(let scalar):
            try write(scalar, to: &json)
        case .alias:
            throw Bundler.Failure(description: "unresolved alias")
        }
    }

    private func write(_ scalar: Scalar, to json: inout String) throws {
        switch Tag.Name(rawValue: tag.rawValue) {
        case .null: json.append("null")
        case .bool: json.append(bool == true ? "true" : "false")
        case .int:
            guard let int else { throw Bundler.Failure(description: "number out of range: \(scalar.string)") }
            json.append("\(int)")
        case .float:
            guard let float, float.isFinite else {
                throw Bundler.Failure(description: "not a JSON number: \(scalar.string)")
            }
            json.append("\(float)")
        default: Self.write(scalar.string, to: &json)
        }
    }

    private static func write(_ text: String, to json: inout String) {
        json.append("\"")
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": json.append("\\\"")
            case "\\": json.append("\\\\")
            case "\n": json.append("\\n")
            case "\0"..<" ":
                let hex = String(scalar.value, radix: 16)
                json.append("\\u\(String(repeating: "0", count: 4 - hex.count))\(hex)")
            default: json.unicodeScalars.append(scalar)
            }
        }
        json.append("\"")
    }
}
