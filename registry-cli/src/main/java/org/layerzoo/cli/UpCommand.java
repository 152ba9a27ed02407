package org.layerzoo.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.layerzoo.runner.child.Limits;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** The registry with its database, its dashboard and one runner on this machine. */
@Command(
        name = "up",
        description = "Start the registry and its dashboard with all plugins and one local runner; Ctrl-C stops them.")
final class UpCommand extends LocalCommand {
    @Option(
            names = "--port",
            paramLabel = "N",
            defaultValue = "8080",
            description = "port to listen on; 0 takes a free one (default: ${DEFAULT-VALUE})")
    int port = 8080;

    @Option(
            names = "--host",
            paramLabel = "ADDRESS",
            defaultValue = "127.0.0.1",
            description = "address to listen on (default: ${DEFAULT-VALUE})")
    String host = "127.0.0.1";

    @Option(names = "--data", paramLabel = "DIR", description = "where everything is kept (default: data in ZOO_HOME)")
    Optional<Path> data = Optional.empty();

    @Option(
            names = "--database-url",
            paramLabel = "URL",
            description = "a PostgreSQL server (default: an embedded one)")
    Optional<String> databaseUrl = Optional.empty();

    @Option(
            names = "--memory",
            paramLabel = "SIZE",
            description = "tensor budget of the runner's jobs (default: 40%% of this machine's memory)")
    Optional<String> memory = Optional.empty();

    @Option(names = "--no-browser", description = "do not open the dashboard")
    boolean noBrowser;

    @Option(names = "--no-demo", description = "no first comparison on an empty database")
    boolean noDemo;

    @Option(
            names = "--no-verify",
            description = "do not verify plugins that were never verified when there is nothing else to do")
    boolean noVerify;

    @Override
    public Integer call() throws InterruptedException {
        memory.ifPresent(m -> new LimitOptions().check(m));
        Path folder =
                data.orElse(ZooHome.folder().resolve("data")).toAbsolutePath().normalize();
        List<Path> plugins = pluginFolders();
        try (Registry registry = Registry.start(serviceCommand(folder, plugins), zoo.debug, err())) {
            String url = registry.awaitReady();
            registry.startRunner(runnerCommand(url, folder, plugins));
            out().println("LayerZoo is up at " + url + " (data in " + folder + "; Ctrl-C stops it)");
            out().flush();
            new Dashboard(url, folder.resolve("admin.token")).signIn(!noBrowser, out(), err());
            return registry.awaitEnd();
        }
    }

    private List<Path> pluginFolders() {
        Path own = ZooHome.folder().resolve("plugins");
        try {
            Files.createDirectories(own);
        } catch (IOException e) {
            throw CommandFailure.cannotRun("the plugin folder " + own + " cannot be made: " + e, e);
        }
        return ZooHome.pluginFolders(zoo.plugins).stream()
                .filter(Files::isDirectory)
                .toList();
    }

    private List<String> serviceCommand(Path folder, List<Path> plugins) {
        Path jar = ZooHome.checkout()
                .map(root -> root.resolve("registry-service/target/registry/registry-service.jar"))
                .filter(Files::isRegularFile)
                .orElseThrow(() -> CommandFailure.of(
                        3, "the registry is not built: start it with './zoo up' in a checkout, which builds it"));
        List<String> command = new ArrayList<>(List.of(java()));
        // The service waits for others most of its time; with the first compiler alone it is there in half the time.
        command.addAll(List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-jar", jar.toString()));
        command.add("--exit-with-parent");
        command.addAll(List.of("--port", Integer.toString(port), "--host", host, "--data", folder.toString()));
        databaseUrl.ifPresent(url -> command.addAll(List.of("--database-url", url)));
        plugins.forEach(p -> command.addAll(List.of("--plugins", p.toString())));
        if (noDemo) {
            command.add("--no-demo");
        }
        if (noVerify) {
            command.add("--no-verify");
        }
        if (zoo.debug) {
            command.add("--debug");
        }
        return command;
    }

    private List<String> runnerCommand(String url, Path folder, List<Path> plugins) {
        List<String> command = new ArrayList<>(List.of(java(), "-cp", System.getProperty("java.class.path")));
        command.add(org.layerzoo.runner.agent.AgentMain.class.getName());
        command.addAll(List.of(
                "--registry", url, "--token-file", folder.resolve("admin.token").toString()));
        command.addAll(List.of("--work", folder.resolve("runner").toString(), "--exit-with-parent"));
        command.addAll(List.of("--serve", "127.0.0.1"));
        command.addAll(List.of(
                "--memory", memory.orElse(Long.toString(Limits.defaults().memoryBytes()))));
        plugins.forEach(p -> command.addAll(List.of("--plugins", p.toString())));
        return command;
    }

    private static String java() {
        return Path.of(System.getProperty("java.home"), "bin", "java").toString();
    }
}
