package org.layerzoo.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.layerzoo.runner.agent.AgentMain;
import org.layerzoo.runner.agent.AgentOptions;
import org.layerzoo.runner.agent.AgentToken;
import org.layerzoo.runner.child.Limits;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Works for a registry, here or elsewhere, until it is told to end. */
@Command(
        name = "runner",
        description =
                "Run jobs of a registry, each in a process of its own, until Ctrl-C; what runs at that moment is given back.")
final class RunnerCommand extends LocalCommand {
    @Mixin
    RemoteOptions remote = new RemoteOptions();

    @Option(
            names = "--token-file",
            paramLabel = "FILE",
            description =
                    "file with the token, read anew for each request (instead of --token, which other users see in the list of processes)")
    Optional<Path> tokenFile = Optional.empty();

    @Option(
            names = "--name",
            paramLabel = "NAME",
            description = "name of this runner, unique in the registry (default: this machine's)")
    Optional<String> name = Optional.empty();

    @Option(
            names = "--memory",
            paramLabel = "SIZE",
            description = "tensor budget of a job (default: 40%% of this machine's memory)")
    Optional<String> memory = Optional.empty();

    @Option(
            names = "--heap",
            paramLabel = "SIZE",
            description = "the most Java heap that a job may ask for (default: half of this machine's memory)")
    Optional<String> heap = Optional.empty();

    @Option(
            names = "--backends",
            paramLabel = "B,...",
            split = ",",
            description = "backends to take jobs for (default: those that are found)")
    List<String> backends = new ArrayList<>();

    @Option(
            names = "--work",
            paramLabel = "DIR",
            description = "folder for job folders and fetched jars (default: runner/NAME in ZOO_HOME)")
    Optional<Path> work = Optional.empty();

    @Option(
            names = "--serve",
            paramLabel = "ADDRESS",
            description = "host deployments too, listening on this address (default: host none)")
    Optional<String> serve = Optional.empty();

    @Option(
            names = "--job-user",
            paramLabel = "USER",
            description = "run jobs as this user, who must be able to read the program and the plugins (root only)")
    Optional<String> jobUser = Optional.empty();

    @Override
    public Integer call() {
        RemoteOptions.Place place = remote.place();
        String called = name.orElseGet(AgentOptions::hostName);
        try {
            return AgentMain.work(new AgentOptions(
                    place.registry(),
                    token(place),
                    zoo.plugins,
                    called,
                    memory.map(Limits::parseSize).orElse(Limits.defaults().memoryBytes()),
                    heap.map(Limits::parseSize).orElse(AgentOptions.defaultHeapBytes()),
                    backends,
                    work.orElse(AgentOptions.defaultWork(called)),
                    serve,
                    jobUser,
                    false));
        } catch (IllegalArgumentException | ArithmeticException e) {
            throw CommandFailure.badInput(e.getMessage());
        }
    }

    private AgentToken token(RemoteOptions.Place place) {
        if (tokenFile.isPresent()) {
            if (remote.token.isPresent()) {
                throw CommandFailure.badInput("expected --token or --token-file, given both");
            }
            if (!Files.isReadable(tokenFile.get())) {
                throw CommandFailure.badInput("--token-file: " + tokenFile.get() + " cannot be read");
            }
            return new AgentToken.InFile(tokenFile.get());
        }
        return place.token()
                .<AgentToken>map(AgentToken.Given::new)
                .orElseThrow(() -> CommandFailure.badInput(
                        "a token of scope run is missing: expected --token-file FILE, --token T or ZOO_TOKEN"));
    }
}
