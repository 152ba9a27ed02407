package org.layerzoo.registry.publish;

import com.github.zafarkhaja.semver.Version;
import com.github.zafarkhaja.semver.expr.ExpressionParser;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.jar.Attributes;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.layerzoo.core.Spi;
import org.layerzoo.registry.catalog.CatalogException;
import org.layerzoo.registry.catalog.PluginJar;
import org.layerzoo.registry.web.ProblemCode;
import org.layerzoo.registry.web.ProblemException;
import org.springframework.stereotype.Component;
import tools.jackson.databind.json.JsonMapper;

/** Looks an uploaded jar through before anything of it is believed. The first fault ends it, with a code of its own. */
@Component
class UploadCheck {
    private static final Set<String> RESERVED = Set.of("zoo", "latest");
    private static final Pattern ID = Pattern.compile("[a-z0-9]+(-[a-z0-9]+)*");
    private static final Pattern SPI_RANGE =
            Pattern.compile("\\[(\\d{1,9}(?:\\.\\d{1,9}){0,2}),(\\d{1,9}(?:\\.\\d{1,9}){0,2})\\)");

    private final UploadSettings settings;
    private final JsonMapper json;

    UploadCheck(UploadSettings settings, JsonMapper json) {
        this.settings = settings;
        this.json = json;
    }

    /**
     * A jar that may be verified.
     *
     * @param requires the SPI's range as PF4J writes it
     * @param dependencies ranges of other plugins, by id
     */
    record Checked(
            PluginJar jar,
            String sha512,
            String license,
            String requires,
            String provider,
            Map<String, String> dependencies) {
        String id() {
            return jar.metadata().id();
        }

        String version() {
            return jar.metadata().version();
        }
    }

    Checked check(Path file) {
        try {
            long size = Files.size(file);
            if (size > settings.maxSize()) {
                throw new ProblemException(
                        ProblemCode.JAR_TOO_LARGE,
                        "artifact: expected at most " + settings.maxSize() + " bytes, given " + size);
            }
            Attributes manifest = new JarContents(settings).check(file, size);
            PluginJar jar = PluginJar.read(file);
            String id = jar.metadata().id();
            checkId(id);
            checkVersion(jar.metadata().version());
            checkSpi(jar.metadata().requires());
            attribute(manifest, "Plugin-Id", id);
            attribute(manifest, "Plugin-Version", jar.metadata().version());
            String license = license(jar, manifest);
            return new Checked(
                    jar,
                    sha512(file),
                    license,
                    requires(manifest),
                    value(manifest, "Plugin-Provider"),
                    dependencies(value(manifest, "Plugin-Dependencies"), id));
        } catch (CatalogException e) {
            throw new ProblemException(code(e.reason()), e.getMessage());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static ProblemCode code(CatalogException.Reason reason) {
        return switch (reason) {
            case JAR_UNREADABLE, JAR_CORRUPT -> ProblemCode.JAR_CORRUPT;
            case JAR_TOO_LARGE -> ProblemCode.JAR_BOMB;
            case ENTRY_FORBIDDEN -> ProblemCode.ENTRY_UNSAFE;
            case METADATA_MISSING -> ProblemCode.METADATA_MISSING;
            case METADATA_INVALID -> ProblemCode.METADATA_INVALID;
            case CARD_INVALID -> ProblemCode.CARD_INVALID;
            case DIGEST_MISMATCH -> ProblemCode.DIGEST_MISMATCH;
        };
    }

    private static void checkId(String id) {
        if (RESERVED.contains(id)) {
            throw new ProblemException(
                    ProblemCode.ID_RESERVED,
                    "id: expected one of the publisher's own, given the reserved '" + id + "'");
        }
    }

    private static void checkVersion(String text) {
        Optional<Version> version = Version.tryParse(text);
        if (version.isEmpty() || version.get().buildMetadata().isPresent()) {
            throw new ProblemException(
                    ProblemCode.VERSION_INVALID,
                    "version: expected SemVer 2.0 without build metadata, such as 1.2.0 or 1.2.0-rc.1, given '" + text
                            + "'");
        }
    }

    private void checkSpi(String range) {
        Matcher bounds = SPI_RANGE.matcher(range);
        Version own = version(Spi.VERSION);
        if (!bounds.matches()
                || own.isLowerThan(version(bounds.group(1)))
                || own.isHigherThanOrEquivalentTo(version(bounds.group(2)))) {
            throw new ProblemException(
                    ProblemCode.SPI_UNSUPPORTED,
                    "requires: expected a range [from,to) that holds the SPI " + Spi.VERSION + ", given '" + range
                            + "'");
        }
    }

    private static Version version(String numbers) {
        String[] parts = (numbers + ".0.0").split("\\.");
        return Version.of(Long.parseLong(parts[0]), Long.parseLong(parts[1]), Long.parseLong(parts[2]));
    }

    private static void attribute(Attributes manifest, String name, String expected) {
        String given = value(manifest, name);
        if (!given.equals(expected)) {
            throw JarContents.manifest(name + ": expected '" + expected + "' as in plugin.json, given '"
                    + ZipDirectory.shown(given) + "'");
        }
    }

    private static String value(Attributes manifest, String name) {
        return Optional.ofNullable(manifest.getValue(name)).orElse("").strip();
    }

    private String license(PluginJar jar, Attributes manifest) {
        String license =
                json.readTree(jar.metadata().document()).path("license").asString("");
        if (!settings.licenses().contains(license)) {
            throw new ProblemException(
                    ProblemCode.LICENSE_REFUSED,
                    "license: expected one of "
                            + settings.licenses().stream().sorted().toList() + ", given '"
                            + ZipDirectory.shown(license) + "'");
        }
        attribute(manifest, "Plugin-License", license);
        return license;
    }

    /** The range of the SPI as PF4J reads it: one that it cannot read would stop every client of {@code /plugins.json}. */
    private static String requires(Attributes manifest) {
        String requires = value(manifest, "Plugin-Requires");
        if (!requires.isEmpty() && !range(requires)) {
            throw JarContents.manifest(
                    "Plugin-Requires: expected a range of versions such as '>=0.1.0 & <0.2.0', given '"
                            + ZipDirectory.shown(requires) + "'");
        }
        return requires;
    }

    /** PF4J's form: {@code id@range, other?@range}; a question mark says that the plugin works without. */
    private static Map<String, String> dependencies(String text, String self) {
        var dependencies = new TreeMap<String, String>();
        for (String part : text.split(",")) {
            String item = part.strip();
            if (item.isEmpty()) {
                continue;
            }
            String[] words = item.split("@", 2);
            String id = words[0].strip();
            boolean optional = id.endsWith("?");
            String plain = optional ? id.substring(0, id.length() - 1) : id;
            String range = words.length > 1 ? words[1].strip() : "*";
            if (!ID.matcher(plain).matches() || plain.equals(self) || !range(range)) {
                throw new ProblemException(
                        ProblemCode.DEPENDENCY_INVALID,
                        "Plugin-Dependencies: expected items such as 'mamba@>=1.0.0 & <2.0.0', given '"
                                + ZipDirectory.shown(item) + "'");
            }
            if (!optional) {
                dependencies.put(plain, range);
            }
        }
        return dependencies;
    }

    private static boolean range(String text) {
        try {
            return text.length() <= 100 && ExpressionParser.newInstance().parse(text) != null;
        } catch (RuntimeException e) {
            return false;
        }
    }

    private static String sha512(Path file) throws IOException {
        try (var in = Files.newInputStream(file)) {
            MessageDigest digest = MessageDigest.getInstance("SHA-512");
            byte[] buffer = new byte[1 << 16];
            for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                digest.update(buffer, 0, n);
            }
            return HexFormat.of().formatHex(digest.digest());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-512", e);
        }
    }
}
