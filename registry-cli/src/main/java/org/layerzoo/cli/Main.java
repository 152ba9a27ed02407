package org.layerzoo.cli;

import java.io.PrintWriter;
import org.layerzoo.core.ZooException;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;

/** Entry point. Exit 0 = done, 1 = it ran and the answer is no, 2 = bad usage or input, 3 = could not run. */
public final class Main {
    private static final int BAD_USAGE = 2;
    private static final int UNABLE = 3;

    private Main() {}

    public static void main(String[] arguments) {
        PrintWriter out = new PrintWriter(System.out, false, System.out.charset());
        PrintWriter err = new PrintWriter(System.err, true, System.err.charset());
        int exit = run(out, err, arguments);
        out.flush();
        if (out.checkError() && exit == 0) {
            exit = UNABLE; // the reader of stdout has gone
        }
        System.exit(exit);
    }

    /** Runs one command and answers its exit code. */
    static int run(PrintWriter out, PrintWriter err, String... arguments) {
        CommandLine line = new CommandLine(new ZooCommand())
                .setOut(out)
                .setErr(err)
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setAbbreviatedOptionsAllowed(false)
                .setParameterExceptionHandler((e, args) -> usage(err, e))
                .setExecutionExceptionHandler((e, command, parsed) -> failure(err, e, parsed));
        try {
            return line.execute(arguments);
        } catch (LinkageError | StackOverflowError | OutOfMemoryError e) {
            return said(err, UNABLE, "unexpected failure: " + e);
        } finally {
            out.flush();
            err.flush();
        }
    }

    private static int usage(PrintWriter err, ParameterException e) {
        err.println("zoo: " + oneLine(e.getMessage()) + " (see '"
                + e.getCommandLine().getCommandSpec().qualifiedName() + " --help')");
        return BAD_USAGE;
    }

    private static int failure(PrintWriter err, Exception e, CommandLine.ParseResult parsed) {
        boolean debug = parsed.hasMatchedOption("--debug")
                || parsed.hasSubcommand() && parsed.subcommand().hasMatchedOption("--debug");
        if (debug) {
            e.printStackTrace(err);
        }
        return switch (e) {
            case CommandFailure f -> said(err, f.exitCode(), f.getMessage());
            case ZooException z -> said(err, z.code().exitCode(), z.getMessage());
            default -> said(err, UNABLE, "unexpected failure: " + e + (debug ? "" : " (--debug shows where)"));
        };
    }

    private static int said(PrintWriter err, int exit, String message) {
        err.println("zoo: " + oneLine(message));
        return exit;
    }

    private static String oneLine(String text) {
        return String.valueOf(text).strip().replaceAll("\\s*\\R\\s*", " / ");
    }
}
