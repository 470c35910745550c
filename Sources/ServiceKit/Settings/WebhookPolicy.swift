package import Crypto
package import Webhooks

/// The settings of callbacks that ApplicationService and NotifierService share.
package struct WebhookPolicy: Sendable {
    /// From which the secret of every caller is derived; nil: there are no callbacks.
    package let masterKey: SymmetricKey?
    /// Where callbacks may go.
    package let rules: AddressRules

    /// The fewest bytes of `WEBHOOK_MASTER_KEY`.
    private static let keyBytes = 32

    package init(masterKey: SymmetricKey? = nil, rules: AddressRules = AddressRules()) {
        self.masterKey = masterKey
        self.rules = rules
    }

    package init(_ reader: SettingsReader) throws(ConfigurationError) {
        let key = try reader.text(.webhookMasterKey)
        if let key, key.utf8.count < Self.keyBytes {
            throw ConfigurationError("WEBHOOK_MASTER_KEY must have at least \(Self.keyBytes) bytes")
        }
        masterKey = key.map { SymmetricKey(data: Array($0.utf8)) }
        guard try reader.text(.webhookAllowCIDRs) != nil else {
            rules = AddressRules()
            return
        }
        rules = AddressRules(
            allowed: try reader.value(.webhookAllowCIDRs, "address blocks such as 10.0.0.0/8,fc00::/7") { text in
                let blocks = text.split(separator: ",", omittingEmptySubsequences: false)
                let ranges = blocks.compactMap { AddressRange(parsing: String($0)) }
                return ranges.count == blocks.count ? ranges : nil
            })
    }
}

extension Setting {
    package static let webhookMasterKey = Setting(
        "WEBHOOK_MASTER_KEY", isSecret: true,
        "key of the callers' signing secrets, at least 32 bytes; unset: no callbacks")
    package static let webhookAllowCIDRs = Setting(
        "WEBHOOK_ALLOW_CIDRS", "address blocks that are not public and may still be called back, as in 10.0.0.0/8")
}
