import Yams

extension Node {
    /// Appends the node as compact JSON. A date without quotes is the string it looks like.
    /// - Throws: for what JSON does not have: infinite numbers, keys that are no strings.
    func write(to json: inout String) throws {
        switch self {
        case .mapping(let pairs):
            json.append("{")
            for (index, (key, value)) in pairs.enumerated() {
                if index > 0 { json.append(",") }
                guard let key = key.scalar?.string else { throw Bundler.Failure(description: "a key is no string") }
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
            throw Bundler.Failure(description: "an alias that stands for nothing")
        }
    }

    private func write(_ scalar: Scalar, to json: inout String) throws {
        switch Tag.Name(rawValue: tag.rawValue) {
        case .null: json.append("null")
        case .bool: json.append(bool == true ? "true" : "false")
        case .int:
            guard let int else { throw Bundler.Failure(description: "\(scalar.string) is too large a number") }
            json.append("\(int)")
        case .float:
            guard let float, float.isFinite else {
                throw Bundler.Failure(description: "\(scalar.string) is no number of JSON")
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
