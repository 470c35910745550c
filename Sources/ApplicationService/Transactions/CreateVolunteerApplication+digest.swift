import Contracts
import Crypto

extension CreateVolunteerApplication {
    /// A SHA-256 of the message, which is stored with the application. The bytes are hexadecimal numbers without
    /// leading zeros, joined by dots: every file holds digests in this format, and a repeated create must match them.
    var digest: String {
        var create = self
        create.stamp = nil
        return SHA256.hash(data: Message.create(create).encoded()).map { String($0, radix: 16) }.joined(separator: ".")
    }
}
