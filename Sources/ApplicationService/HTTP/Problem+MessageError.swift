import Contracts
import Web

extension Problem {
    /// A body that violates the contract: invalid JSON, or an invalid field.
    init(_ error: MessageError) {
        let code: Item.Code
        switch error.code {
        case .notJSON, .tooDeep, .unknownShape, .unknownAction:
            self.init(.malformed, error.detail.sentence)
            return
        case .missingField: code = .missingField
        case .wrongType: code = .wrongType
        case .badValue: code = .badValue
        }
        let item = Item(pointer: error.pointer, code: code, detail: error.detail)
        self.init(.validation, error.description.sentence, errors: [item])
    }
}

extension String {
    fileprivate var sentence: String { (first?.uppercased() ?? "") + dropFirst() + "." }
}
