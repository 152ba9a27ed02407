package org.layerzoo.core.plugin;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.jar.Attributes;
import java.util.jar.JarFile;
import java.util.zip.ZipEntry;
import org.layerzoo.core.ErrorCode;
import org.layerzoo.core.ZooException;
import org.layerzoo.core.config.Configs;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/**
 * What a plugin jar must look like before any of its classes is loaded: a readable archive of sane size, a manifest with
 * id and version, an extension index, a card, and plugin.json whose digests agree with every entry.
 *
 * @param sha256 digest of the whole file, lower-case hex
 * @param description plugin.json; absent in a jar that is being packaged
 */
public record JarLayout(
        Path file,
        String id,
        String version,
        String sha256,
        List<String> extensions,
        java.util.Optional<JsonNode> description) {
    public static final String DESCRIPTION = "META-INF/layerzoo/plugin.json";
    public static final String GOLDEN = "META-INF/layerzoo/golden/";
    private static final int MAX_DESCRIPTION = 16 << 20;
    private static final String INDEX = "META-INF/extensions.idx";

    /** Version as shown: local jars carry the first 8 digits of their digest. */
    public String shownVersion() {
        return version + "+local." + sha256.substring(0, 8);
    }

    /**
     * Checks a finished jar.
     *
     * @throws ZooException BAD_PLUGIN naming the file and everything that is wrong with it
     */
    public static JarLayout check(Path file) {
        return check(file, true);
    }

    /** As {@link #check(Path)}, for a jar to which plugin.json is yet to be added. */
    public static JarLayout checkUndescribed(Path file) {
        return check(file, false);
    }

    private static JarLayout check(Path file, boolean described) {
        // A folder has no end of file to wait for, but a pipe might never come to one.
        if (Files.exists(file) && !Files.isRegularFile(file)) {
            throw bad(file, "it is no regular file");
        }
        try (JarFile jar = new JarFile(file.toFile())) {
            Attributes a = jar.getManifest() == null
                    ? new Attributes()
                    : jar.getManifest().getMainAttributes();
            List<String> wrong = new ArrayList<>();
            String id = attribute(a, "Plugin-Id", wrong);
            String version = attribute(a, "Plugin-Version", wrong);
            List<String> extensions = extensions(jar, wrong);
            if (jar.getEntry("card.yaml") == null) {
                wrong.add("card.yaml is missing");
            }
            Map<String, String> digests = JarDigests.of(jar, wrong);
            java.util.Optional<JsonNode> description = described
                    ? java.util.Optional.of(description(jar, digests, id, version, wrong))
                    : java.util.Optional.empty();
            if (!wrong.isEmpty()) {
                throw bad(file, String.join("; ", wrong));
            }
            return new JarLayout(file, id, version, JarDigests.ofFile(file), extensions, description);
        } catch (java.nio.file.NoSuchFileException e) {
            throw new ZooException(ErrorCode.UNKNOWN_PLUGIN, "no file " + file, e);
        } catch (IOException e) {
            throw bad(file, "it cannot be read as an archive (" + e.getMessage() + ")");
        }
    }

    private static String attribute(Attributes a, String name, List<String> wrong) {
        String v = a.getValue(name);
        if (v == null || v.isBlank()) {
            wrong.add("the manifest lacks " + name);
            return "";
        }
        return v;
    }

    private static List<String> extensions(JarFile jar, List<String> wrong) throws IOException {
        ZipEntry e = jar.getEntry(INDEX);
        if (e == null) {
            wrong.add(INDEX + " is missing");
            return List.of();
        }
        try (InputStream in = jar.getInputStream(e)) {
            return new String(in.readAllBytes(), java.nio.charset.StandardCharsets.UTF_8)
                    .lines()
                    .map(String::strip)
                    .filter(l -> !l.isEmpty() && !l.startsWith("#"))
                    .toList();
        }
    }

    private static JsonNode description(
            JarFile jar, Map<String, String> digests, String id, String version, List<String> wrong)
            throws IOException {
        ZipEntry e = jar.getEntry(DESCRIPTION);
        if (e == null) {
            wrong.add(DESCRIPTION + " is missing");
            return Configs.mapper().createObjectNode();
        }
        JsonNode d;
        try (InputStream in = jar.getInputStream(e)) {
            byte[] text = in.readNBytes(MAX_DESCRIPTION + 1);
            if (text.length > MAX_DESCRIPTION) {
                wrong.add(DESCRIPTION + " has more than " + MAX_DESCRIPTION + " bytes");
                return Configs.mapper().createObjectNode();
            }
            d = Configs.mapper().readTree(text);
        } catch (JacksonException x) {
            wrong.add(DESCRIPTION + " is no JSON");
            return Configs.mapper().createObjectNode();
        }
        if (!d.path("id").asString("").equals(id)
                || !d.path("version").asString("").equals(version)) {
            wrong.add(DESCRIPTION + " says " + d.path("id").asString("?") + " "
                    + d.path("version").asString("?") + ", the manifest " + id + " " + version);
        }
        types(d, wrong);
        JsonNode entries = d.path("entries");
        digests.forEach((name, digest) -> {
            if (!entries.path(name).asString("").equals(digest)) {
                wrong.add("entry '" + name + "' was changed after packaging");
            }
        });
        return d;
    }

    /** What lists read of every jar has the type that they read it as. */
    private static void types(JsonNode d, List<String> wrong) {
        for (String name : List.of("title", "family", "kind", "summary")) {
            if (!d.path(name).isMissingNode() && !d.path(name).isString()) {
                wrong.add(DESCRIPTION + ": expected " + name + " to be text, found " + d.path(name));
            }
        }
        if (!d.path("year").isMissingNode() && !d.path("year").canConvertToInt()) {
            wrong.add(DESCRIPTION + ": expected year to be a whole number, found " + d.path("year"));
        }
        if (!d.path("providers").isMissingNode() && !d.path("providers").isArray()) {
            wrong.add(DESCRIPTION + ": expected providers to be a list, found " + d.path("providers"));
        }
    }

    private static ZooException bad(Path file, String why) {
        return new ZooException(ErrorCode.BAD_PLUGIN, file + " is no valid plugin: " + why);
    }
}
