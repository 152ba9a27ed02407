package org.layerzoo.runner.agent;

import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.layerzoo.runner.child.Limits;

/**
 * What an agent is told on its command line.
 *
 * @param registry base address of the registry, such as {@code http://127.0.0.1:8080}
 * @param tokenFile file whose first line is a token with scope {@code run}
 * @param plugins folders in which jars are looked for before they are fetched from the registry
 * @param name name of this agent, unique in the registry
 * @param memoryBytes tensor budget of a job
 * @param backends the backends that this machine offers
 * @param work the agent's own folder for job folders and fetched jars
 * @param serve address on which deployments listen; empty when this agent hosts none
 * @param exitWithParent whether the agent ends when the process that started it is gone
 */
public record AgentOptions(
        URI registry,
        Path tokenFile,
        List<Path> plugins,
        String name,
        long memoryBytes,
        List<String> backends,
        Path work,
        Optional<String> serve,
        boolean exitWithParent) {
    static final String USAGE = "usage: --registry URL --token-file FILE [--plugins DIR]... [--name NAME]"
            + " [--memory SIZE] [--backends A,B] [--work DIR] [--serve ADDRESS] [--exit-with-parent]";

    public AgentOptions {
        plugins = List.copyOf(plugins);
        backends = List.copyOf(backends);
        if (!("http".equals(registry.getScheme()) || "https".equals(registry.getScheme()))
                || registry.getHost() == null) {
            throw new IllegalArgumentException("--registry must be an http or https address, not '" + registry + "'");
        }
        if (!name.matches("[A-Za-z0-9._-]{1,100}")) {
            throw new IllegalArgumentException(
                    "--name must be 1 to 100 letters, digits, dots, hyphens or underscores, not '" + name + "'");
        }
        for (Path folder : plugins) {
            if (!Files.isDirectory(folder)) {
                throw new IllegalArgumentException("--plugins must name a folder, and '" + folder + "' is none");
            }
        }
    }

    /**
     * Reads a command line.
     *
     * @throws IllegalArgumentException when it is not as {@link #USAGE} says
     */
    public static AgentOptions parse(String... arguments) {
        Optional<URI> registry = Optional.empty();
        Optional<Path> tokenFile = Optional.empty();
        List<Path> plugins = new ArrayList<>();
        String name = hostName();
        long memory = Limits.defaults().memoryBytes();
        List<String> backends = List.of("cpu-vector");
        Optional<Path> work = Optional.empty();
        Optional<String> serve = Optional.empty();
        boolean exitWithParent = false;
        Values values = new Values(List.of(arguments));
        while (values.more()) {
            String option = values.next();
            switch (option) {
                case "--registry" -> registry = Optional.of(URI.create(values.of(option)));
                case "--token-file" -> tokenFile = Optional.of(Path.of(values.of(option)));
                case "--plugins" -> plugins.add(Path.of(values.of(option)));
                case "--name" -> name = values.of(option);
                case "--memory" -> memory = Limits.parseSize(values.of(option));
                case "--backends" -> backends = List.of(values.of(option).split(","));
                case "--work" -> work = Optional.of(Path.of(values.of(option)));
                case "--serve" -> serve = Optional.of(values.of(option));
                case "--exit-with-parent" -> exitWithParent = true;
                default -> throw new IllegalArgumentException("unknown option '" + option + "'; " + USAGE);
            }
        }
        return new AgentOptions(
                registry.orElseThrow(() -> missing("--registry")),
                tokenFile.orElseThrow(() -> missing("--token-file")),
                plugins,
                name,
                memory,
                backends,
                work.orElse(home().resolve("runner").resolve(name)),
                serve,
                exitWithParent);
    }

    private static IllegalArgumentException missing(String option) {
        return new IllegalArgumentException(option + " is missing; " + USAGE);
    }

    private static Path home() {
        String home = System.getenv("ZOO_HOME");
        return home == null || home.isEmpty() ? Path.of(System.getProperty("user.home"), ".layerzoo") : Path.of(home);
    }

    static String hostName() {
        try {
            return InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException _) {
            return "localhost";
        }
    }

    private static final class Values {
        private final List<String> arguments;
        private int next;

        Values(List<String> arguments) {
            this.arguments = arguments;
        }

        boolean more() {
            return next < arguments.size();
        }

        String next() {
            return arguments.get(next++);
        }

        String of(String option) {
            if (!more()) {
                throw new IllegalArgumentException(option + " needs a value; " + USAGE);
            }
            return next();
        }
    }
}
