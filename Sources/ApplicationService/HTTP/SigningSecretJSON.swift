import ApplicationDomain
import Contracts
import Foundation
import Webhooks

/// A caller's signing secret.
///
/// Between processes it travels without the secret, which the process that the client is connected to derives.
struct SigningSecretJSON: JSONRepresentable {
    private let fields: Fields
    private var secret: SigningSecret?

    private struct Fields: Decodable {
        let generation: Int
        var rotated_at: String?
        var previous_secret_until: String?
    }

    init(_ settings: CallerWebhooks, at now: Timestamp) {
        fields = Fields(
            generation: settings.generation, rotated_at: settings.rotatedAt?.description,
            previous_secret_until: settings.previousSecretEnd(at: now)?.description)
    }

    /// - Throws: an error if the bytes are not what another process writes.
    init(withoutSecret json: Data) throws {
        fields = try JSONDecoder().decode(Fields.self, from: json)
    }

    func with(_ secret: (_ generation: Int) -> SigningSecret) -> SigningSecretJSON {
        var complete = self
        complete.secret = secret(fields.generation)
        return complete
    }

    func write(to json: inout ObjectWriter<JSONKey>) {
        json.field(.secret, secret?.text)
        json.field(.generation, fields.generation)
        json.field(.rotatedAt, fields.rotated_at)
        json.field(.previousSecretUntil, fields.previous_secret_until)
    }
}
