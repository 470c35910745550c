package import ArgumentParser

/// A verb that needs nothing of the service but its settings: neither files nor a broker.
package protocol StandaloneCommand: ParsableCommand {
    /// - Returns: the exit code.
    func run(_ reader: SettingsReader) async throws -> Int32
}
