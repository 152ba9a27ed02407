package org.layerzoo.cli;

import picocli.CommandLine.Command;

/** Runs a collection's comparison. */
@Command(name = "compare", description = "Run a collection's comparison over its members that are present.")
final class CompareCommand extends ReportCommand {
    @Override
    String kind() {
        return "comparison";
    }
}
