import CRabbitMQ
import Fuzzing
import SeededRandom
import Testing

@testable import Broker

/// Header tables, written and read through librabbitmq.
@Suite struct WireFuzzTests {
    private static let frameMax = 131_072

    @Test func `headers that can be sent are read back unchanged, within the computed size`() throws {
        var random = SeededGenerator(seed: FuzzTests.seed)
        var sent = 0
        for _ in 0..<3_000 {
            let input = (0..<random.smallInt(upTo: 600)).map { _ in UInt8(random.int(in: 0...255)) }
            var provider = FuzzedDataProvider(input)
            let headers = provider.table()
            let message = OutgoingMessage(
                exchange: "", routingKey: "q", properties: MessageProperties(headers: headers), body: [])
            let reason = message.unsendable(frameMax: Self.frameMax)
            guard reason == nil else { continue }
            sent += 1
            let bytes = try #require(try encode(headers), "\(input)")
            #expect(bytes.count <= Self.frameMax)
            let again = try #require(decode(bytes), "\(input)")
            #expect(same(.table(again), .table(headers), depth: 0), "\(input)")
        }
        #expect(sent > 1_000)
    }

    @Test func `corrupted header tables are read or rejected`() throws {
        var random = SeededGenerator(seed: FuzzTests.seed &+ 1)
        var read = 0
        for _ in 0..<3_000 {
            var provider = FuzzedDataProvider(
                (0..<random.smallInt(upTo: 300)).map { _ in UInt8(random.int(in: 0...255)) })
            let headers = provider.table()
            guard var bytes = try? encode(headers) else { continue }
            for _ in 0..<random.int(in: 1...4) where !bytes.isEmpty {
                bytes[random.int(in: 0...(bytes.count - 1))] = UInt8(random.int(in: 0...255))
            }
            if random.oneIn(4) { bytes.removeLast(random.int(in: 0...bytes.count)) }
            if decode(bytes) != nil { read += 1 }
        }
        #expect(read > 100)
    }

    @Test func `all properties are written and read back`() throws {
        var random = SeededGenerator(seed: FuzzTests.seed &+ 2)
        for _ in 0..<2_000 {
            var provider = FuzzedDataProvider(
                (0..<random.smallInt(upTo: 200)).map { _ in UInt8(random.int(in: 0...255)) })
            var properties = MessageProperties(headers: provider.table())
            let texts = (0..<8).map { _ in random.oneIn(3) ? nil : String(random.next() >> 40, radix: 36) + "я\0" }
            (properties.contentType, properties.correlationID, properties.replyTo) = (texts[0], texts[1], texts[2])
            (properties.messageID, properties.type, properties.appID) = (texts[3], texts[4], texts[5])
            properties.timestamp = random.oneIn(2) ? random.next() : nil
            properties.deliveryMode = random.oneIn(2) ? 2 : nil
            var read = try WirePool().withRecycling { pool throws(BrokerError) in
                MessageProperties(try properties.wire(in: pool))
            }
            #expect(same(.table(read.headers), .table(properties.headers), depth: 0))
            read.headers = properties.headers
            // NaN is not equal to itself.
            #expect(read == properties || "\(read)" == "\(properties)")
        }
    }

    // MARK: - librabbitmq

    private func encode(_ headers: [String: HeaderValue]) throws -> [UInt8]? {
        var buffer = [UInt8](repeating: 0, count: 4 * Self.frameMax)
        let count = try WirePool().withRecycling { pool throws(BrokerError) -> Int? in
            var table = try pool.table(headers)
            var end = 0
            let status = buffer.withUnsafeMutableBytes {
                amqp_encode_table(amqp_bytes_t(len: $0.count, bytes: $0.baseAddress), &table, &end)
            }
            return status < 0 ? nil : end
        }
        return count.map { Array(buffer.prefix($0)) }
    }

    private func decode(_ bytes: [UInt8]) -> [String: HeaderValue]? {
        var bytes = bytes
        var pool = amqp_pool_t()
        init_amqp_pool(&pool, 4096)
        defer { empty_amqp_pool(&pool) }
        return bytes.withUnsafeMutableBytes { raw in
            var table = amqp_table_t()
            var offset = 0
            let wire = amqp_bytes_t(len: raw.count, bytes: raw.baseAddress)
            guard amqp_decode_table(wire, &pool, &table, &offset) >= 0 else { return nil }
            return HeaderValue.dictionary(table)
        }
    }

    /// Equal, except that values nested too deep are lost, and that doubles are compared as bits because of NaN.
    private func same(_ a: HeaderValue, _ b: HeaderValue, depth: Int) -> Bool {
        switch (a, b) {
        case (.table(let a), .table(let b)):
            return a.count == b.count
                && a.allSatisfy { key, value in b[key].map { same(value, $0, depth: depth + 1) } ?? false }
        case (.array(let a), .array(let b)):
            return a.count == b.count && zip(a, b).allSatisfy { same($0, $1, depth: depth + 1) }
        case (.double(let a), .double(let b)): return a.bitPattern == b.bitPattern
        case (.other, .table), (.other, .array): return depth >= 16
        case (.null, .other): return true
        default: return a == b
        }
    }
}
