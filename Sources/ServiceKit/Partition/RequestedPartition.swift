package import Ledger

/// The partition that a request of another process concerns.
package struct RequestedPartition: Sendable {
    package let file: LedgerFile
    package let writer: LedgerWriter

    package init(file: LedgerFile, writer: LedgerWriter) {
        self.file = file
        self.writer = writer
    }
}
