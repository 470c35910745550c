package import ArgumentParser

/// `restore DIR`: puts backups in the place of a stopped service's files.
package struct RestoreCommand: ParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "restore",
        abstract: "Put backups in the place of the files of this process's partitions; the service must be stopped.")

    @Argument(help: "The folder that `backup` wrote.", completion: .directory)
    package var directory: String

    @OptionGroup var output: OutputOptions

    package init() {}

    package func validate() throws {
        if directory.isEmpty { throw ValidationError("the folder's name is empty") }
    }
}
