package org.layerzoo.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/** The command without a subcommand; its options may stand before or after any subcommand's name. */
@Command(
        name = "zoo",
        description = "Neural sequence and vision mechanisms as plugins: look at them, run, verify, measure, train.",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        scope = ScopeType.INHERIT,
        usageHelpWidth = 120,
        subcommands = {
            ListCommand.class,
            InfoCommand.class,
            RunCommand.class,
            VerifyCommand.class,
            BenchCommand.class,
            RecommendCommand.class,
            MatrixCommand.class,
            TrainCommand.class,
            StudyCommand.class,
            ProbeCommand.class,
            CompareCommand.class,
            NewCommand.class,
            KeygenCommand.class,
            PublishCommand.class,
            InstallCommand.class,
            LockCommand.class,
            VersionsCommand.class,
            YankCommand.class,
            PushCommand.class,
            PullCommand.class,
            WebhookCommand.class,
            UpCommand.class,
            RunnerCommand.class,
            DeployCommand.class,
            UndeployCommand.class,
            DoctorCommand.class
        },
        footer =
                "%nFurther commands of the launcher: zoo test --help, zoo peers --help. Exit codes: 0 done, 1 the answer is no, 2 bad usage or input, 3 could not run.")
final class ZooCommand implements Callable<Integer> {
    @Option(
            names = "--plugins",
            paramLabel = "DIR",
            scope = ScopeType.INHERIT,
            description = "folder with plugin jars, searched first; repeatable")
    final List<Path> plugins = new ArrayList<>();

    @Option(names = "--json", scope = ScopeType.INHERIT, description = "print one JSON document on stdout")
    boolean json;

    @Option(
            names = "--debug",
            scope = ScopeType.INHERIT,
            description = "stack traces and the output of child processes")
    boolean debug;

    @Spec
    CommandSpec spec;

    @Override
    public Integer call() {
        throw new ParameterException(
                spec.commandLine(),
                "a command is missing: expected one of "
                        + String.join(", ", spec.subcommands().keySet()));
    }
}
