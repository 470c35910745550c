import Contracts
import Crypto

/// Makes and reads the codes of links for entering the page. A code is signed and says everything itself, so that
/// making one writes nothing.
struct EntryLink: Sendable {
    private let signer: TextSigner

    /// - Parameter secret: `PAGE_SECRET`.
    init(_ secret: SymmetricKey) {
        signer = TextSigner(secret, purpose: "entry")
    }

    /// - Parameter origin: of the page.
    func url(_ entry: PageEntry, at origin: String) -> String { "\(origin)/enter/\(signer.sign(entry.text))" }

    /// The entry that a code stands for; nil if it is forged or too old. Whether it was used is not known here.
    func entry(of code: String, now: Timestamp = .now()) -> PageEntry? {
        guard let entry = signer.text(of: code).flatMap(PageEntry.init(parsing:)), entry.expiresAt > now else {
            return nil
        }
        return entry
    }
}
