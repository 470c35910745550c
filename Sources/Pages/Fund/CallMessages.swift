import Wording

/// What volunteers are told about a call, in the words of the notifications.
struct CallMessages {
    private let messages: MessageCatalog.Messages
    private let values: [String: String]

    init(_ call: Call, in context: PageContext) {
        messages = context.texts.catalog.texts.messages
        values = CallDates(call, in: context).values.merging(["name": call.name]) { $1 }
    }

    /// - Parameter oldName: the name before the change; nil if it stays.
    func changed(oldName: String?) -> String {
        guard let oldName else { return messages.changed.filled(values) }
        return messages.renamed.filled(values.merging(["oldName": oldName]) { $1 })
    }

    /// With an ellipsis where the reason will be.
    var cancelled: String { messages.cancelledBecause.filled(values.merging(["reason": "…"]) { $1 }) }

    /// With an ellipsis where the reason will be.
    var removed: String { messages.removedBecause.filled(values.merging(["reason": "…"]) { $1 }) }
}
