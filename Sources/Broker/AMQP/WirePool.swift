package import CRabbitMQ

/// Memory for the arguments of a call to the library: one pool with one owner, recycled after each call.
package final class WirePool {
    private let pool: UnsafeMutablePointer<amqp_pool_t>

    init() {
        pool = .allocate(capacity: 1)
        init_amqp_pool(pool, 8192)
    }

    deinit {
        empty_amqp_pool(pool)
        pool.deallocate()
    }

    /// Memory allocated from the pool is valid only within `body`.
    package func withRecycling<Result>(_ body: (WirePool) throws(BrokerError) -> Result) throws(BrokerError) -> Result {
        defer { recycle_amqp_pool(pool) }
        return try body(self)
    }

    func allocate<Element>(_ type: Element.Type, count: Int) throws(BrokerError) -> UnsafeMutablePointer<Element> {
        guard let memory = amqp_pool_alloc(pool, max(count, 1) * MemoryLayout<Element>.stride) else {
            throw BrokerError(.resources, "out of memory")
        }
        return memory.bindMemory(to: type, capacity: count)
    }

    package func bytes(_ string: String) throws(BrokerError) -> amqp_bytes_t {
        var string = string
        let count = string.utf8.count
        if count == 0 { return amqp_bytes_t(len: 0, bytes: nil) }
        let target = try allocate(UInt8.self, count: count)
        string.withUTF8 { target.update(from: $0.baseAddress!, count: count) }
        return amqp_bytes_t(len: count, bytes: target)
    }

    func bytes(_ array: [UInt8]) throws(BrokerError) -> amqp_bytes_t {
        if array.isEmpty { return amqp_bytes_t(len: 0, bytes: nil) }
        let target = try allocate(UInt8.self, count: array.count)
        array.withUnsafeBufferPointer { target.update(from: $0.baseAddress!, count: array.count) }
        return amqp_bytes_t(len: array.count, bytes: target)
    }

    func table(_ values: [String: HeaderValue]) throws(BrokerError) -> amqp_table_t {
        if values.isEmpty { return amqp_table_t(num_entries: 0, entries: nil) }
        let entries = try allocate(amqp_table_entry_t.self, count: values.count)
        var index = 0
        for (key, value) in values {
            entries[index] = amqp_table_entry_t(key: try bytes(key), value: try field(value))
            index += 1
        }
        return amqp_table_t(num_entries: Int32(values.count), entries: entries)
    }

    private func field(_ value: HeaderValue) throws(BrokerError) -> amqp_field_value_t {
        var field = amqp_field_value_t()
        switch value {
        case .string(let string):
            field.kind = UInt8(AMQP_FIELD_KIND_UTF8.rawValue)
            field.value.bytes = try bytes(string)
        case .int(let int):
            field.kind = UInt8(AMQP_FIELD_KIND_I64.rawValue)
            field.value.i64 = int
        case .bool(let bool):
            field.kind = UInt8(AMQP_FIELD_KIND_BOOLEAN.rawValue)
            field.value.boolean = bool ? 1 : 0
        case .double(let double):
            field.kind = UInt8(AMQP_FIELD_KIND_F64.rawValue)
            field.value.f64 = double
        case .bytes(let array):
            field.kind = UInt8(AMQP_FIELD_KIND_BYTES.rawValue)
            field.value.bytes = try bytes(array)
        case .table(let values):
            field.kind = UInt8(AMQP_FIELD_KIND_TABLE.rawValue)
            field.value.table = try table(values)
        case .array(let values):
            let entries = try allocate(amqp_field_value_t.self, count: values.count)
            for index in values.indices { entries[index] = try self.field(values[index]) }
            field.kind = UInt8(AMQP_FIELD_KIND_ARRAY.rawValue)
            field.value.array = amqp_array_t(num_entries: Int32(values.count), entries: entries)
        case .null, .other:
            field.kind = UInt8(AMQP_FIELD_KIND_VOID.rawValue)
        }
        return field
    }
}
