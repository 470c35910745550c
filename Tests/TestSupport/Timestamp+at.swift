package import Contracts

/// Domain tests count in seconds from 1970: decisions depend only on differences between times.
package func at(_ seconds: Int) -> Timestamp {
    Timestamp(milliseconds: Int64(seconds) * 1000)
}
