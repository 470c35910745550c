import ArgumentParser

/// A verb for operators, of which every service has the same (contract section 7).
protocol AdminVerb: ParsableCommand {
    var adminCommand: AdminCommand { get }
}
