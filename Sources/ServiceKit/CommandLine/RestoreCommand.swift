package import ArgumentParser

/// `restore DIR`: puts backups in the place of a stopped service's files.
package struct RestoreCommand: ParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "restore",
        abstract: "Put backups in the place of the files of this process's partitions; the service must be stopped.",
        discussion: """
            All backups are checked before the first file is replaced: checksum, integrity, service, partition and \
            PARTITIONS. The replaced files are kept beside the new ones, as .replaced-TIME. If it is interrupted, run \
            it again. What happened since the backup is lost in this service; the others and it agree again by \
            themselves after the start. See specs/operations.md.
            """)

    @Argument(help: "The folder that `backup` wrote.", completion: .directory)
    package var directory: String

    @OptionGroup var output: OutputOptions

    package init() {}

    package func validate() throws {
        if directory.isEmpty { throw ValidationError("the folder's name is empty") }
    }
}
