internal import CRabbitMQ

/// Memory for what is handed to the library during one call: one pool, one owner, recycled after the call.
final class WirePool {
    private let pool: UnsafeMutablePointer<amqp_pool_t>

    init() {
        pool = .allocate(capacity: 1)
        init_amqp_pool(pool, 8192)
    }

    deinit {
        empty_amqp_pool(pool)
        pool.deallocate()
    }

    /// What `body` was given is valid only within it.
    func withRecycling<Result>(_ body: (WirePool) throws(BrokerError) -> Result) throws(BrokerError) -> Result {
        defer { recycle_amqp_pool(pool) }
        return try body(self)
    }

    func allocate<Element>(_ type: Element.Type, count: Int) throws(BrokerError) -> UnsafeMutablePointer<Element> {
        guard let memory = amqp_pool_alloc(pool, max(count, 1) * MemoryLayout<Element>.stride) else {
            throw BrokerError(.resources, "out of memory")
        }
        return memory.bindMemory(to: type, capacity: count)
    }

    func bytes(_ string: String) throws(BrokerError) -> amqp_bytes_t {
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

extension String {
    /// What is not UTF-8 in it is replaced: text from outside never traps.
    init(wire bytes: amqp_bytes_t) {
        guard let base = bytes.bytes, bytes.len > 0 else {
            self = ""
            return
        }
        self = String(decoding: UnsafeRawBufferPointer(start: base, count: bytes.len), as: UTF8.self)
    }

    /// For logs: one line, without control characters.
    init(wireText bytes: amqp_bytes_t) {
        self = String(
            String(wire: bytes).unicodeScalars.map { $0.properties.generalCategory == .control ? " " : Character($0) })
    }

    /// Compares without making a string: exchanges and routing keys repeat.
    func isSame(as bytes: amqp_bytes_t) -> Bool {
        let utf8 = self.utf8
        guard utf8.count == bytes.len, let base = bytes.bytes else { return utf8.count == bytes.len }
        return utf8.elementsEqual(UnsafeRawBufferPointer(start: base, count: bytes.len))
    }
}

extension HeaderValue {
    /// Deeper nesting is not read: nobody means it, and every walk over a value recurses.
    private static let deepest = 16

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
        case Int(AMQP_FIELD_KIND_TABLE.rawValue) where depth < Self.deepest:
            self = .table(Self.dictionary(value.table, depth: depth))
        case Int(AMQP_FIELD_KIND_ARRAY.rawValue) where depth < Self.deepest:
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
