package org.layerzoo.core.plugin;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.jar.JarFile;
import java.util.zip.ZipEntry;
import org.layerzoo.core.ErrorCode;
import org.layerzoo.core.ZooException;

/** SHA-256 of a jar and of its entries (all but the manifest and plugin.json), with the limits that keep an archive from doing harm. */
public final class JarDigests {
    private static final int MAX_ENTRIES = 10_000;
    private static final long MAX_BYTES = 512L << 20;

    private JarDigests() {}

    /** @throws ZooException BAD_PLUGIN when the archive breaks a limit */
    public static Map<String, String> of(Path file) {
        try (JarFile jar = new JarFile(file.toFile())) {
            List<String> wrong = new ArrayList<>();
            Map<String, String> digests = of(jar, wrong);
            if (!wrong.isEmpty()) {
                throw new ZooException(ErrorCode.BAD_PLUGIN, file + ": " + String.join("; ", wrong));
            }
            return digests;
        } catch (IOException e) {
            throw new ZooException(ErrorCode.BAD_PLUGIN, file + " cannot be read as an archive: " + e.getMessage(), e);
        }
    }

    static Map<String, String> of(JarFile jar, List<String> wrong) throws IOException {
        Map<String, String> out = new TreeMap<>();
        Budget budget = new Budget();
        for (ZipEntry e : Collections.list(jar.entries())) {
            if (e.isDirectory()
                    || e.getName().equals(JarLayout.DESCRIPTION)
                    || e.getName().equals(JarFile.MANIFEST_NAME)) {
                continue;
            }
            if (e.getName().startsWith("/") || List.of(e.getName().split("/")).contains("..")) {
                wrong.add("entry '" + e.getName() + "' points outside the archive");
                continue;
            }
            if (e.getName().startsWith("org/layerzoo/core/")) {
                wrong.add("entry '" + e.getName() + "' shadows a class of the API");
            }
            try (InputStream in = jar.getInputStream(e)) {
                out.put(e.getName(), digest(in, budget));
            }
            if (out.size() > MAX_ENTRIES || budget.left < 0) {
                wrong.add("it unpacks to more than " + MAX_ENTRIES + " entries or " + MAX_BYTES + " bytes");
                return out;
            }
        }
        return out;
    }

    static String ofFile(Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            return digest(in, new Budget());
        }
    }

    /** Bytes that may still be unpacked; counted as they come, since an archive's own sizes may lie. */
    private static final class Budget {
        private long left = MAX_BYTES;
    }

    private static String digest(InputStream in, Budget budget) throws IOException {
        try {
            MessageDigest md = MessageDigest.getInstance("SHA-256");
            byte[] buffer = new byte[1 << 16];
            for (int n = in.read(buffer); n >= 0 && budget.left >= 0; n = in.read(buffer)) {
                md.update(buffer, 0, n);
                budget.left -= n;
            }
            return HexFormat.of().formatHex(md.digest());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
