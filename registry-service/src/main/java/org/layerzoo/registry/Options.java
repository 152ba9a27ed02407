package org.layerzoo.registry;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;

/**
 * The service's command line.
 *
 * @param host address to listen on
 * @param port port to listen on; 0 takes a free one
 * @param data folder that holds everything the service keeps
 * @param databaseUrl JDBC URL of a PostgreSQL server; an embedded one runs when empty
 * @param plugins folders with plugin jars; the first that has an id wins
 * @param demo whether an empty database gets a first comparison
 * @param verify whether jars that were never verified are, when there is nothing else to do
 * @param exitWithParent whether the service stops when the process that started it is gone
 * @param debug whether a failure to start shows its stack trace
 */
public record Options(
        String host,
        int port,
        Path data,
        Optional<String> databaseUrl,
        List<Path> plugins,
        boolean demo,
        boolean verify,
        boolean exitWithParent,
        boolean debug) {

    static final String HELP = """
            registry-service: the LayerZoo registry
              --port N             port to listen on (8080; 0 takes a free one)
              --host ADDRESS       address to listen on (127.0.0.1)
              --data DIR           where everything is kept (~/.layerzoo/data)
              --database-url URL   a PostgreSQL server, jdbc:postgresql://host/name?user=..&password=.. (an embedded one when absent)
              --plugins DIR        folder with plugin jars; may be repeated
              --no-demo            no first comparison on an empty database
              --no-verify          no verification of new jars in the background
              --exit-with-parent   stop when the process that started the service is gone
              --debug              stack traces
            """;

    public Options {
        plugins = List.copyOf(plugins);
    }

    static Options parse(String... arguments) {
        var builder = new Builder();
        Iterator<String> rest = List.of(arguments).iterator();
        while (rest.hasNext()) {
            builder.accept(rest.next(), rest);
        }
        return builder.build();
    }

    private static final class Builder {
        private String host = "127.0.0.1";
        private int port = 8080;
        private Optional<Path> data = Optional.empty();
        private Optional<String> databaseUrl = Optional.empty();
        private final List<Path> plugins = new ArrayList<>();
        private boolean demo = true;
        private boolean verify = true;
        private boolean exitWithParent;
        private boolean debug;

        private void accept(String argument, Iterator<String> rest) {
            int equals = argument.indexOf('=');
            boolean joined = argument.startsWith("--") && equals > 0;
            String name = joined ? argument.substring(0, equals) : argument;
            Iterator<String> values =
                    joined ? List.of(argument.substring(equals + 1)).iterator() : rest;
            switch (name) {
                case "--no-demo" -> demo = false;
                case "--no-verify" -> verify = false;
                case "--exit-with-parent" -> exitWithParent = true;
                case "--debug" -> debug = true;
                case "--port" -> port = port(value(name, values));
                case "--host" -> host = value(name, values);
                case "--data" -> data = Optional.of(Path.of(value(name, values)));
                case "--plugins" -> plugins.add(absolute(Path.of(value(name, values))));
                case "--database-url" -> databaseUrl = Optional.of(databaseUrl(value(name, values)));
                default ->
                    throw StartFailure.usage("unknown argument: expected one of --port, --host, --data, --database-url,"
                            + " --plugins, --no-demo, --no-verify, --exit-with-parent, --debug, given '" + argument
                            + "'");
            }
        }

        private static String value(String name, Iterator<String> values) {
            if (!values.hasNext()) {
                throw StartFailure.usage(name + " needs a value, given nothing");
            }
            return values.next();
        }

        private static int port(String text) {
            if (text.matches("\\d{1,5}") && Integer.parseInt(text) <= 65535) {
                return Integer.parseInt(text);
            }
            throw StartFailure.usage("--port: expected a number from 0 to 65535, given '" + text + "'");
        }

        private static String databaseUrl(String text) {
            if (text.startsWith("jdbc:postgresql:")) {
                return text;
            }
            if (text.startsWith("postgresql://") || text.startsWith("postgres://")) {
                return "jdbc:postgresql" + text.substring(text.indexOf(':'));
            }
            throw StartFailure.usage(
                    "--database-url: expected jdbc:postgresql://host/name?user=..&password=.., given '" + text + "'");
        }

        private static Path absolute(Path path) {
            return path.toAbsolutePath().normalize();
        }

        private Options build() {
            return new Options(
                    host,
                    port,
                    absolute(data.orElseGet(Builder::home)),
                    databaseUrl,
                    plugins,
                    demo,
                    verify,
                    exitWithParent,
                    debug);
        }

        private static Path home() {
            return Optional.ofNullable(System.getenv("ZOO_HOME"))
                    .map(Path::of)
                    .orElseGet(() -> Path.of(System.getProperty("user.home"), ".layerzoo"))
                    .resolve("data");
        }
    }
}
