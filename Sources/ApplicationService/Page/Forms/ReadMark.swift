import Web

/// Which messages a volunteer has read.
enum ReadMark: Sendable, Hashable {
    case one(Int64)
    case upTo(Int64)

    /// As the API takes it.
    var body: [UInt8] {
        switch self {
        case .one(let id): Array(#"{"ids":[\#(id)]}"#.utf8)
        case .upTo(let id): Array(#"{"up_to":\#(id)}"#.utf8)
        }
    }
}

extension ReadMark {
    /// - Throws: `malformed` for what no button of the page sends.
    init(_ form: FormBody) throws(Problem) {
        if let id = form["up_to"].flatMap({ Int64($0) }) {
            self = .upTo(id)
        } else if let id = form["id"].flatMap({ Int64($0) }) {
            self = .one(id)
        } else {
            throw Problem(.malformed, "The form does not say which messages were read.")
        }
    }
}
