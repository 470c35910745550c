import Contracts
import Pages
import Web

extension FormKey {
    /// The name of the hidden field.
    static let field = "key"

    /// A new one, for a form that has not been sent yet.
    static func random() -> FormKey {
        var generator = SystemRandomNumberGenerator()
        return FormKey(Hexadecimal.digits(of: (0..<16).map { _ in UInt8.random(in: .min ... .max, using: &generator) }))
    }

    /// The key of a form that was sent.
    /// - Throws: `malformed` without a valid one: only a form of this page can be sent twice safely.
    init(_ form: FormBody) throws(Problem) {
        guard let text = form[Self.field], (1...Self.maxLength).contains(text.utf8.count),
            text.utf8.allSatisfy({ (0x21...0x7e).contains($0) && $0 != UInt8(ascii: "\"") })
        else { throw Problem(.malformed, "The form has no valid key.") }
        self.init(text)
    }

    /// Ours have 32; there is room for ``of(_:)``.
    private static let maxLength = 200

    /// The key of one of several buttons of a form: they are different commands.
    func of(_ button: String) -> FormKey { FormKey("\(text)-\(button)") }

    /// The key for the same form after a problem: if the command may have been carried out, sending it again must not
    /// repeat it; but a key that belongs to other values is of no use.
    func after(_ problem: Problem) -> FormKey { problem.code == .idempotencyMismatch ? .random() : self }
}
