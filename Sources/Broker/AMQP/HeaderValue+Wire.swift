internal import CRabbitMQ

extension HeaderValue {
    /// Deeper nesting is ignored: no legitimate message has it, and traversal recurses.
    private static let maxDepth = 16

    static func dictionary(_ table: amqp_table_t, depth: Int = 0) -> [String: HeaderValue] {
        guard table.num_entries > 0, let entries = table.entries else { return [:] }
        var values: [String: HeaderValue] = [:]
        values.reserveCapacity(Int(table.num_entries))
        for index in 0..<Int(table.num_entries) {
            values[String(wire: entries[index].key)] = HeaderValue(&entries[index].value, depth: depth + 1)
        }
        return values
    }

    private init(_ field: UnsafePointer<amqp_field_value_t>, depth: Int) {
        let value = field.pointee.value
        let kind = field.pointee.kind
        switch Int(kind) {
        case Int(AMQP_FIELD_KIND_BOOLEAN.rawValue): self = .bool(value.boolean != 0)
        case Int(AMQP_FIELD_KIND_I8.rawValue): self = .int(Int64(value.i8))
        case Int(AMQP_FIELD_KIND_U8.rawValue): self = .int(Int64(value.u8))
        case Int(AMQP_FIELD_KIND_I16.rawValue): self = .int(Int64(value.i16))
        case Int(AMQP_FIELD_KIND_U16.rawValue): self = .int(Int64(value.u16))
        case Int(AMQP_FIELD_KIND_I32.rawValue): self = .int(Int64(value.i32))
        case Int(AMQP_FIELD_KIND_U32.rawValue): self = .int(Int64(value.u32))
        case Int(AMQP_FIELD_KIND_I64.rawValue): self = .int(value.i64)
        case Int(AMQP_FIELD_KIND_U64.rawValue), Int(AMQP_FIELD_KIND_TIMESTAMP.rawValue):
            self = Int64(exactly: value.u64).map { .int($0) } ?? .other(kind)
        case Int(AMQP_FIELD_KIND_F32.rawValue): self = .double(Double(value.f32))
        case Int(AMQP_FIELD_KIND_F64.rawValue): self = .double(value.f64)
        case Int(AMQP_FIELD_KIND_UTF8.rawValue):
            let bytes = UnsafeRawBufferPointer(start: value.bytes.bytes, count: value.bytes.len)
            self = String(validating: bytes, as: UTF8.self).map { .string($0) } ?? .bytes(Array(bytes))
        case Int(AMQP_FIELD_KIND_BYTES.rawValue):
            self = .bytes(Array(UnsafeRawBufferPointer(start: value.bytes.bytes, count: value.bytes.len)))
        case Int(AMQP_FIELD_KIND_TABLE.rawValue) where depth < Self.maxDepth:
            self = .table(Self.dictionary(value.table, depth: depth))
        case Int(AMQP_FIELD_KIND_ARRAY.rawValue) where depth < Self.maxDepth:
            var values: [HeaderValue] = []
            if let entries = value.array.entries {
                for index in 0..<Int(value.array.num_entries) {
                    values.append(HeaderValue(&entries[index], depth: depth + 1))
                }
            }
            self = .array(values)
        case Int(AMQP_FIELD_KIND_VOID.rawValue): self = .null
        default: self = .other(kind)
        }
    }
}
