package org.layerzoo.registry.publish;

import java.io.IOException;
import java.io.InputStream;
import java.lang.classfile.ClassFile;
import java.nio.file.Path;
import java.util.List;
import java.util.jar.Attributes;
import java.util.jar.Manifest;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipFile;
import org.layerzoo.registry.web.ProblemCode;
import org.layerzoo.registry.web.ProblemException;

/** What lies in an uploaded jar, looked at without believing its sizes and without loading anything of it. */
final class JarContents {
    private static final long RATIO = 200;
    private static final long UNSUSPICIOUS = 4 << 20;
    private static final int MAX_CLASS = 8 << 20;
    private static final int MAX_MANIFEST = 1 << 16;
    private static final String MANIFEST = "META-INF/MANIFEST.MF";
    private static final String VERSIONS = "META-INF/versions/";
    private static final List<String> ARCHIVES = List.of(".jar", ".zip", ".war", ".ear", ".jmod", ".aar");

    /** The platform, and what the runner brings along: a plugin's class of that name would stand in for another. */
    private static final List<String> FOREIGN = List.of(
            "java/",
            "javax/",
            "jdk/",
            "sun/",
            "com/sun/",
            "org/pf4j/",
            "org/slf4j/",
            "tools/jackson/",
            "com/fasterxml/jackson/");

    private static final String HOUSE = "org/layerzoo/";
    private static final String PLUGINS = "org/layerzoo/plugins/";

    private static final List<String> MANIFEST_FORBIDDEN =
            List.of("Class-Path", "Launcher-Agent-Class", "Premain-Class", "Agent-Class", "Add-Opens", "Add-Exports");

    private final UploadSettings settings;

    JarContents(UploadSettings settings) {
        this.settings = settings;
    }

    /** Looks at every entry and answers the manifest's main attributes. */
    Attributes check(Path jar, long size) throws IOException {
        List<ZipDirectory.Entry> entries = ZipDirectory.read(jar, settings.maxEntries());
        checkSizes(entries, size);
        try (var zip = new ZipFile(jar.toFile())) {
            long left = settings.maxUnpacked();
            for (ZipDirectory.Entry entry : entries) {
                if (!entry.folder()) {
                    left -= checkEntry(zip, entry, left);
                }
            }
            return manifest(zip);
        } catch (ZipException e) {
            throw new ProblemException(
                    ProblemCode.JAR_CORRUPT, "artifact: expected a whole zip archive: " + e.getMessage());
        }
    }

    /** What the directory says is enough to refuse most bombs unopened. */
    private void checkSizes(List<ZipDirectory.Entry> entries, long size) {
        long unpacked = entries.stream().mapToLong(ZipDirectory.Entry::unpacked).sum();
        if (unpacked > settings.maxUnpacked()) {
            throw bomb("at most " + settings.maxUnpacked() + " bytes unpacked", Long.toString(unpacked));
        }
        if (unpacked > UNSUSPICIOUS && unpacked > RATIO * size) {
            throw bomb("at most " + RATIO + " times the jar's size unpacked", unpacked + " bytes from " + size);
        }
    }

    private static ProblemException bomb(String expected, String given) {
        return new ProblemException(ProblemCode.JAR_BOMB, "artifact: expected " + expected + ", given " + given);
    }

    /** Unpacks an entry to nowhere and answers how many bytes it has. */
    private static long checkEntry(ZipFile zip, ZipDirectory.Entry entry, long left) throws IOException {
        String name = entry.name();
        boolean isClass = name.endsWith(".class");
        if (isClass) {
            checkPlace(name);
        }
        ZipEntry opened = zip.getEntry(name);
        if (opened == null) {
            throw new ProblemException(
                    ProblemCode.JAR_CORRUPT, "artifact: expected '" + ZipDirectory.shown(name) + "' to be readable");
        }
        try (InputStream in = zip.getInputStream(opened)) {
            byte[] head = in.readNBytes(isClass ? MAX_CLASS + 1 : 4);
            checkNested(name, head);
            if (isClass) {
                checkClass(name, head);
            }
            long total = head.length;
            byte[] buffer = new byte[1 << 16];
            for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                total += n;
                if (total > entry.unpacked() || total > left) {
                    break;
                }
            }
            if (total != entry.unpacked()) {
                throw bomb(
                        "'" + ZipDirectory.shown(name) + "' to unpack to the " + entry.unpacked()
                                + " bytes that the directory says",
                        total > entry.unpacked() ? "more" : Long.toString(total));
            }
            return total;
        }
    }

    private static void checkNested(String name, byte[] head) {
        boolean archive = ARCHIVES.stream().anyMatch(name.toLowerCase(java.util.Locale.ROOT)::endsWith)
                || head.length >= 4 && head[0] == 'P' && head[1] == 'K' && head[2] == 3 && head[3] == 4;
        if (archive) {
            throw new ProblemException(
                    ProblemCode.JAR_NESTED,
                    "expected a jar without archives inside, given '" + ZipDirectory.shown(name) + "'");
        }
    }

    private static String withoutRelease(String name) {
        return name.startsWith(VERSIONS) ? name.substring(name.indexOf('/', VERSIONS.length()) + 1) : name;
    }

    private static void checkPlace(String entry) {
        String name = withoutRelease(entry);
        boolean foreign = FOREIGN.stream().anyMatch(name::startsWith)
                || name.startsWith(HOUSE) && !name.startsWith(PLUGINS)
                || !name.contains("/");
        if (foreign) {
            throw new ProblemException(
                    ProblemCode.CLASS_FORBIDDEN,
                    "expected classes in packages of the plugin's own, none of the platform's, the API's or the runner's,"
                            + " given '" + ZipDirectory.shown(entry) + "'");
        }
    }

    private static void checkClass(String entry, byte[] bytes) {
        String name = withoutRelease(entry);
        String path = name.substring(0, name.length() - ".class".length());
        String found;
        try {
            found = bytes.length > MAX_CLASS
                    ? "one of more than " + MAX_CLASS + " bytes"
                    : ClassFile.of().parse(bytes).thisClass().asInternalName();
        } catch (IllegalArgumentException e) {
            found = "no class file";
        }
        if (!found.equals(path)) {
            throw new ProblemException(
                    ProblemCode.CLASS_INVALID,
                    "'" + ZipDirectory.shown(entry) + "': expected the class of that name, given "
                            + ZipDirectory.shown(found));
        }
    }

    private static Attributes manifest(ZipFile zip) throws IOException {
        ZipEntry entry = zip.getEntry(MANIFEST);
        if (entry == null) {
            throw manifest("expected an entry " + MANIFEST + ", given none");
        }
        byte[] bytes;
        try (InputStream in = zip.getInputStream(entry)) {
            bytes = in.readNBytes(MAX_MANIFEST + 1);
        }
        if (bytes.length > MAX_MANIFEST) {
            throw manifest("expected at most " + MAX_MANIFEST + " bytes, given more");
        }
        Attributes attributes;
        try {
            attributes = new Manifest(new java.io.ByteArrayInputStream(bytes)).getMainAttributes();
        } catch (IOException | IllegalArgumentException e) {
            throw manifest("expected a manifest: " + e.getMessage());
        }
        for (String name : MANIFEST_FORBIDDEN) {
            if (attributes.getValue(name) != null) {
                throw manifest("expected no attribute " + name + ", given '"
                        + ZipDirectory.shown(attributes.getValue(name)) + "'");
            }
        }
        return attributes;
    }

    static ProblemException manifest(String detail) {
        return new ProblemException(ProblemCode.MANIFEST_INVALID, MANIFEST + ": " + detail);
    }
}
