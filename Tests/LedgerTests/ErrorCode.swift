import Ledger

/// The code of the `LedgerError` that is thrown; nil if nothing or something else is.
func code(_ body: () throws -> Void) -> LedgerError.Code? {
    do {
        try body()
        return nil
    } catch {
        return (error as? LedgerError)?.code
    }
}
