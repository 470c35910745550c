import Foundation
import PackagePlugin

/// Bundles the YAML documents and the message schemas when `Specs` is built, so that no service links a YAML parser.
@main struct SpecsPlugin: BuildToolPlugin {
    func createBuildCommands(context: PluginContext, target: any Target) throws -> [Command] {
        let specs = context.package.directoryURL.appending(path: "specs")
        let documents = ["asyncapi.yaml", "openapi.yaml"].map { specs.appending(path: $0) }
        let parts = try ["messages", "examples"].flatMap { folder in
            try FileManager.default.contentsOfDirectory(
                at: specs.appending(path: folder), includingPropertiesForKeys: nil)
        }
        let output = context.pluginWorkDirectoryURL.appending(path: "Specs+documents.swift")
        return [
            .buildCommand(
                displayName: "Bundling the specs", executable: try context.tool(named: "BundleSpecs").url,
                arguments: [specs.path, output.path], inputFiles: documents + parts, outputFiles: [output])
        ]
    }
}
