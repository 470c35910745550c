import Contracts
import Testing

@Suite struct HexadecimalTests {
    @Test func `a number has the requested count of its lowest digits`() {
        #expect(Hexadecimal.digits(0) == "0000000000000000")
        #expect(Hexadecimal.digits(.max) == "ffffffffffffffff")
        #expect(Hexadecimal.digits(0x0123_4567_89ab_cdef) == "0123456789abcdef")
        #expect(Hexadecimal.digits(0x0123_4567_89ab_cdef, count: 12) == "456789abcdef")
        #expect(Hexadecimal.digits(0xf, count: 4) == "000f")
    }

    @Test func `each byte has two digits`() {
        #expect(Hexadecimal.digits(of: []) == "")
        #expect(Hexadecimal.digits(of: [0, 9, 16, 255]) == "000910ff")
        #expect(Hexadecimal.digits(of: [1, 2, 3].prefix(2)) == "0102")
    }

    @Test func `pairs of lowercase digits are bytes, and nothing else is`() {
        #expect(Hexadecimal.bytes("") == [])
        #expect(Hexadecimal.bytes("000910ff") == [0, 9, 16, 255])
        for text in ["0", "00a", "0A", "0g", "0x", " 0", "٠٠", "é"] {
            #expect(Hexadecimal.bytes(text) == nil, "\(text)")
        }
    }
}
