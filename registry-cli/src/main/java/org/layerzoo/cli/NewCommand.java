package org.layerzoo.cli;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Year;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Writes a contributor's project that builds and passes level 1 as it stands. */
@Command(
        name = "new",
        description =
                "Write a Maven project for a plugin of your own; it builds and passes the conformance suite as it stands.")
final class NewCommand extends LocalCommand {
    private static final String SLUG = "[a-z][a-z0-9]*(-[a-z0-9]+)*";

    @Parameters(paramLabel = "ID", description = "lower-case words joined by hyphens, e.g. my-mixer")
    String id = "";

    @Option(names = "--family", paramLabel = "F", required = true, description = "e.g. linear-attention")
    String family = "";

    @Option(names = "--dir", paramLabel = "DIR", description = "where to write it (default: ./ID)")
    Optional<Path> dir = Optional.empty();

    @Option(
            names = "--sdk",
            paramLabel = "URL",
            description = "Maven repository with LayerZoo's SDK (default: the checkout's build/sdk-repo)")
    Optional<String> sdk = Optional.empty();

    @Override
    public Integer call() {
        slug("ID", id);
        slug("--family", family);
        Path root = dir.orElse(Path.of(id)).toAbsolutePath().normalize();
        if (Files.exists(root)) {
            throw CommandFailure.badInput("'" + root + "' exists already: expected a new folder (--dir names another)");
        }
        Map<String, String> words = words();
        ObjectNode document = object();
        document.put("id", id).put("folder", root.toString());
        ArrayNode files = document.putArray("files");
        templates(words).forEach((template, file) -> {
            write(root.resolve(file), filled(template, words));
            files.add(file);
        });
        if (zoo.json) {
            print(document);
        } else {
            out().println(root + " is ready: cd there and run 'mvn verify' (see its README.md)");
        }
        return 0;
    }

    private static void slug(String what, String text) {
        if (!text.matches(SLUG)) {
            throw CommandFailure.badInput(
                    what + " must be lower-case words joined by hyphens, such as my-mixer; given '" + text + "'");
        }
    }

    private Map<String, String> words() {
        String name = Arrays.stream(id.split("-"))
                .map(w -> Character.toUpperCase(w.charAt(0)) + w.substring(1))
                .collect(Collectors.joining());
        Map<String, String> words = new LinkedHashMap<>();
        words.put("ID", id);
        words.put("NAME", name);
        words.put(
                "TITLE",
                Arrays.stream(id.split("-"))
                        .map(w -> Character.toUpperCase(w.charAt(0)) + w.substring(1))
                        .collect(Collectors.joining(" ")));
        words.put("PACKAGE", "com.example." + id.replace("-", ""));
        words.put("FAMILY", family);
        words.put("YEAR", Integer.toString(Year.now().getValue()));
        words.put("VERSION", Version.number());
        words.put("SDK", sdk.orElseGet(NewCommand::builtSdk));
        return words;
    }

    private static String builtSdk() {
        Path folder = ZooHome.checkout()
                .map(root -> root.resolve("build/sdk-repo"))
                .orElseThrow(() -> CommandFailure.badInput(
                        "--sdk URL is needed outside a checkout: the Maven repository with LayerZoo's SDK"));
        if (!Files.isDirectory(folder)) {
            throw CommandFailure.of(
                    3,
                    "the SDK is not built: " + folder
                            + " is missing; './zoo list' in the checkout builds it, or name one with --sdk URL");
        }
        return folder.toUri().toString().replaceFirst("/$", "");
    }

    private static Map<String, String> templates(Map<String, String> words) {
        String java = "src/main/java/" + words.get("PACKAGE").replace('.', '/') + "/";
        String resources = "src/main/resources/" + words.get("ID") + "/";
        String name = words.get("NAME");
        Map<String, String> out = new LinkedHashMap<>();
        out.put("pom.xml", "pom.xml");
        out.put("gitignore", ".gitignore");
        out.put("README.md", resources + "README.md");
        out.put("card.yaml", resources + "card.yaml");
        out.put("plugin.properties", resources + "plugin.properties");
        out.put("Config.java", java + name + "Config.java");
        out.put("Layer.java", java + name + "Layer.java");
        out.put("Provider.java", java + name + "Provider.java");
        out.put("Checks.java", java + "check/" + name + "Checks.java");
        return out;
    }

    private static String filled(String template, Map<String, String> words) {
        try (InputStream in = NewCommand.class.getResourceAsStream("scaffold/" + template + ".txt")) {
            if (in == null) {
                throw new IllegalStateException("scaffold/" + template + ".txt is missing from the jar");
            }
            String text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
            for (var e : words.entrySet()) {
                text = text.replace("@" + e.getKey() + "@", e.getValue());
            }
            return text;
        } catch (IOException e) {
            throw CommandFailure.cannotRun("the template " + template + " cannot be read: " + e, e);
        }
    }

    private static void write(Path file, String text) {
        try {
            Files.createDirectories(file.getParent());
            Files.writeString(file, text);
        } catch (IOException e) {
            throw CommandFailure.cannotRun("cannot write " + file + ": " + e, e);
        }
    }
}
