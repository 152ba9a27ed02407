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
 * @param token a token with scope {@code run}
 * @param plugins folders in which jars are looked for before they are fetched from the registry
 * @param name name of this agent, unique in the registry
 * @param memoryBytes tensor budget of a job
 * @param heapBytes the most Java heap that a job may ask for
 * @param backends the backends that this machine offers; those that a child finds when empty
 * @param work the agent's own folder for job folders and fetched jars
 * @param serve address on which deployments listen; empty when this agent hosts none
 * @param jobUser user as whom jobs run; the agent's own when empty
 * @param exitWithParent whether the agent ends when the process that started it is gone
 */
public record AgentOptions(
        URI registry,
        AgentToken token,
        List<Path> plugins,
        String name,
        long memoryBytes,
        long heapBytes,
        List<String> backends,
        Path work,
        Optional<String> serve,
        Optional<String> jobUser,
        boolean exitWithParent) {
    static final String USAGE = "usage: --registry URL --token-file FILE [--plugins DIR]... [--name NAME]"
            + " [--memory SIZE] [--heap SIZE] [--backends A,B] [--work DIR] [--serve ADDRESS] [--job-user USER]"
            + " [--exit-with-parent]";

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
        if (heapBytes < Limits.defaults().heapBytes()) {
            throw new IllegalArgumentException(
                    "--heap must be 1g or more, which jobs have by default, not " + Limits.formatSize(heapBytes));
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
        Reader reader = new Reader();
        Values values = new Values(List.of(arguments));
        while (values.more()) {
            reader.accept(values.next(), values);
        }
        return reader.build();
    }

    /** Half of this machine's memory: what a job may ask for as heap when nothing else is said. */
    public static long defaultHeapBytes() {
        return Math.max(Limits.defaults().heapBytes(), Limits.machineMemoryBytes() / 2);
    }

    /** Where an agent of this name works when nothing else is said. */
    public static Path defaultWork(String name) {
        return home().resolve("runner").resolve(name);
    }

    private static final class Reader {
        private Optional<URI> registry = Optional.empty();
        private Optional<Path> tokenFile = Optional.empty();
        private final List<Path> plugins = new ArrayList<>();
        private String name = hostName();
        private long memory = Limits.defaults().memoryBytes();
        private long heap = defaultHeapBytes();
        private List<String> backends = List.of();
        private Optional<Path> work = Optional.empty();
        private Optional<String> serve = Optional.empty();
        private Optional<String> jobUser = Optional.empty();
        private boolean exitWithParent;

        private void accept(String option, Values values) {
            switch (option) {
                case "--registry" -> registry = Optional.of(URI.create(values.of(option)));
                case "--token-file" -> tokenFile = Optional.of(Path.of(values.of(option)));
                case "--plugins" -> plugins.add(Path.of(values.of(option)));
                case "--name" -> name = values.of(option);
                case "--memory" -> memory = Limits.parseSize(values.of(option));
                case "--heap" -> heap = Limits.parseSize(values.of(option));
                case "--backends" -> backends = List.of(values.of(option).split(","));
                case "--work" -> work = Optional.of(Path.of(values.of(option)));
                case "--serve" -> serve = Optional.of(values.of(option));
                case "--job-user" -> jobUser = Optional.of(values.of(option));
                case "--exit-with-parent" -> exitWithParent = true;
                default -> throw new IllegalArgumentException("unknown option '" + option + "'; " + USAGE);
            }
        }

        private AgentOptions build() {
            return new AgentOptions(
                    registry.orElseThrow(() -> missing("--registry")),
                    new AgentToken.InFile(tokenFile.orElseThrow(() -> missing("--token-file"))),
                    plugins,
                    name,
                    memory,
                    heap,
                    backends,
                    work.orElse(defaultWork(name)),
                    serve,
                    jobUser,
                    exitWithParent);
        }
    }

    private static IllegalArgumentException missing(String option) {
        return new IllegalArgumentException(option + " is missing; " + USAGE);
    }

    private static Path home() {
        String home = System.getenv("ZOO_HOME");
        return home == null || home.isEmpty() ? Path.of(System.getProperty("user.home"), ".layerzoo") : Path.of(home);
    }

    /** This machine's name. */
    public static String hostName() {
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
