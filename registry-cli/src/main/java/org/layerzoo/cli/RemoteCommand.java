package org.layerzoo.cli;

import picocli.CommandLine.Mixin;

/** What commands that speak with a registry share. */
abstract class RemoteCommand extends LocalCommand {
    @Mixin
    RemoteOptions remote = new RemoteOptions();

    @Override
    public final Integer call() throws Exception {
        try {
            return call(remote.connect());
        } catch (RemoteRegistry.Unreachable e) {
            throw CommandFailure.cannotRun(e.getMessage(), e);
        }
    }

    abstract int call(RemoteRegistry registry) throws Exception;

    /** An {@code ID@VERSION} in two parts. */
    static String[] idAndVersion(String reference) {
        String[] parts = reference.split("@", 2);
        if (parts.length < 2 || parts[0].isBlank() || parts[1].isBlank()) {
            throw CommandFailure.badInput("expected ID@VERSION, given '" + reference + "'");
        }
        return parts;
    }
}
