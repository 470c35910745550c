import ArgumentParser

/// How an operator's verb prints.
package struct OutputOptions: ParsableArguments {
    @Flag(help: "Print lines of JSON.")
    package var json = false

    package init() {}
}
