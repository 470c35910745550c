public import Contracts

extension ID: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral {
    public init(stringLiteral string: String) { self = .trusted(string) }
    public init(integerLiteral number: Int64) { self = .trusted(String(number)) }
}
