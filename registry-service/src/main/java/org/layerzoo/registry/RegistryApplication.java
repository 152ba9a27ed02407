package org.layerzoo.registry;

import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.core.status.StatusManager;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.sql.SQLException;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.LoggerFactory;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.web.server.PortInUseException;
import org.springframework.boot.web.server.servlet.context.ServletWebServerApplicationContext;
import org.springframework.context.ApplicationContextInitializer;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.support.GenericApplicationContext;
import tools.jackson.core.StreamReadConstraints;

/** The registry service. Exit 2 is a wrong argument, exit 3 a machine that does not let it run; each is one line on stderr. */
@SpringBootApplication
public class RegistryApplication {
    private static final String CARRIERS = "jdk.virtualThreadScheduler.parallelism";

    private static final int MAX_JSON_TEXT = 48 << 20;

    /**
     * A virtual thread that loads a class keeps its carrier. With one carrier a core, as is the default, two such threads that wait for the
     * program's jar leave none to the thread that holds it, and the service stands still; so there are more carriers than requests that
     * load classes at one time. A value that the user has set stays.
     */
    private static void addCarriers() {
        if (System.getProperty(CARRIERS) == null) {
            System.setProperty(CARRIERS, "64");
        }
    }

    public static void main(String... arguments) {
        addCarriers();
        if (List.of(arguments).contains("--help")) {
            System.out.print(Options.HELP);
            return;
        }
        try {
            Options options = Options.parse(arguments);
            if (options.exitWithParent()) {
                ProcessHandle.current().parent().ifPresent(RegistryApplication::exitWith);
            }
            var context = start(options, Map.of(), InstantSource.system());
            System.out.println("LayerZoo registry at " + address(context));
        } catch (StartFailure e) {
            System.err.println("registry-service: " + e.getMessage());
            if (List.of(arguments).contains("--debug")) {
                e.printStackTrace();
            }
            System.exit(e.exitCode());
        }
    }

    /** A service whose starter was killed would hold its port and its data against the next one. */
    private static void exitWith(ProcessHandle parent) {
        parent.onExit().thenRun(() -> System.exit(0));
    }

    /** Starts the service, with this wall clock, and answers when it serves. */
    static ConfigurableApplicationContext start(Options options, Map<String, Object> settings, InstantSource clock) {
        // A job's files travel as base64 text in its completion.
        StreamReadConstraints.overrideDefaultStreamReadConstraints(
                StreamReadConstraints.builder().maxStringLength(MAX_JSON_TEXT).build());
        checkPort(options);
        DataDirectory data = DataDirectory.open(options.data());
        try {
            var context = application(options, data, clock).run(properties(options, data, settings));
            announce(context, data);
            quietLogging();
            return context;
        } catch (RuntimeException e) {
            closeQuietly(data);
            throw failure(options, e);
        }
    }

    /** When the disk is full, the log's file cannot be written; a stack trace on the console for each line would help no one. */
    private static void quietLogging() {
        if (LoggerFactory.getILoggerFactory() instanceof LoggerContext logging) {
            StatusManager status = logging.getStatusManager();
            status.getCopyOfStatusListenerList().forEach(status::remove);
        }
    }

    private static String[] properties(Options options, DataDirectory data, Map<String, Object> settings) {
        var properties = new HashMap<String, Object>(settings);
        properties.put("server.address", options.host());
        properties.put("server.port", options.port());
        properties.put("spring.servlet.multipart.location", data.resolve("uploads"));
        properties.put("logging.file.name", data.resolve("registry.log"));
        properties.put("management.health.diskspace.path", data.root());
        return properties.entrySet().stream()
                .map(entry -> "--" + entry.getKey() + "=" + entry.getValue())
                .toArray(String[]::new);
    }

    private static SpringApplication application(Options options, DataDirectory data, InstantSource clock) {
        var application = new SpringApplication(RegistryApplication.class);
        ApplicationContextInitializer<GenericApplicationContext> beans = context -> {
            context.registerBean(Options.class, () -> options);
            context.registerBean(DataDirectory.class, () -> data);
            context.registerBean(InstantSource.class, () -> clock);
        };
        application.addInitializers(beans);
        application.setLogStartupInfo(false);
        return application;
    }

    static String address(ConfigurableApplicationContext context) {
        String host = context.getEnvironment().getProperty("server.address", "127.0.0.1");
        return "http://" + (host.contains(":") ? "[" + host + "]" : host) + ":" + port(context);
    }

    static int port(ConfigurableApplicationContext context) {
        return ((ServletWebServerApplicationContext) context).getWebServer().getPort();
    }

    /** Tells programs on this machine where the service is. */
    private static void announce(ConfigurableApplicationContext context, DataDirectory data) {
        try {
            Files.writeString(data.resolve("registry.url"), address(context) + "\n");
        } catch (IOException e) {
            context.close();
            throw StartFailure.cannotRun("data directory " + data.root() + " cannot be written: " + e.getMessage(), e);
        }
    }

    private static void checkPort(Options options) {
        try (var socket = new ServerSocket()) {
            socket.setReuseAddress(true);
            socket.bind(new InetSocketAddress(InetAddress.getByName(options.host()), options.port()));
        } catch (UnknownHostException e) {
            throw StartFailure.cannotRun("--host: expected an address of this machine, given '" + options.host() + "'");
        } catch (IOException e) {
            throw portTaken(options, e.getMessage());
        }
    }

    private static StartFailure portTaken(Options options, String reason) {
        return StartFailure.cannotRun("port " + options.port() + " of " + options.host() + " cannot be used (" + reason
                + "); stop the program that has it or choose another with --port");
    }

    private static StartFailure failure(Options options, RuntimeException e) {
        for (Throwable cause = e; cause != null; cause = cause.getCause()) {
            if (cause instanceof StartFailure known) {
                return known;
            }
            if (cause instanceof PortInUseException) {
                return portTaken(options, "taken");
            }
            if (cause instanceof SQLException sql) {
                String url = options.databaseUrl()
                        .map(RegistryApplication::withoutSecrets)
                        .orElse("of the data directory");
                return StartFailure.cannotRun("database " + url + " cannot be used: " + firstLine(sql.getMessage()), e);
            }
        }
        return StartFailure.cannotRun("the service cannot start: " + firstLine(String.valueOf(e.getMessage())), e);
    }

    private static String withoutSecrets(String url) {
        return url.split("\\?", 2)[0].replaceAll("//[^/@]*@", "//");
    }

    private static String firstLine(String text) {
        return Optional.ofNullable(text)
                .orElse("no reason given")
                .lines()
                .findFirst()
                .orElse("");
    }

    private static void closeQuietly(DataDirectory data) {
        try {
            data.close();
        } catch (IOException e) {
            // The process ends anyway, and with it the lock.
        }
    }
}
