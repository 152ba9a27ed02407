package org.layerzoo.registry.publish;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.text.Normalizer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import org.layerzoo.registry.web.ProblemCode;
import org.layerzoo.registry.web.ProblemException;

/**
 * The directory of a zip archive, read byte by byte. An archive that two readers could understand in two ways is refused: one with bytes
 * before its first or after its last record, with entries that overlap, or with a local header that says something else.
 */
final class ZipDirectory {
    private static final int END = 0x06054b50;
    private static final int CENTRAL = 0x02014b50;
    private static final int LOCAL = 0x04034b50;
    private static final int END_SIZE = 22;
    private static final int CENTRAL_SIZE = 46;
    private static final int LOCAL_SIZE = 30;
    private static final int DESCRIPTOR = 0x08074b50;
    /** The sizes of an entry follow its bytes. */
    private static final int SIZES_FOLLOW = 8;
    /** The name is UTF-8. */
    private static final int UTF_8 = 1 << 11;
    /** A further field that holds another name. */
    private static final int OTHER_NAME = 0x7075;

    private static final int MAX_DIRECTORY = 8 << 20;
    private static final int MAX_NAME = 512;
    private static final int SYSTEM_UNIX = 3;
    private static final int TYPE = 0170000;
    private static final Set<Integer> TYPES = Set.of(0, 0100000, 0040000);

    private final RandomAccessFile file;
    private final long length;

    private ZipDirectory(RandomAccessFile file) throws IOException {
        this.file = file;
        this.length = file.length();
    }

    /** An entry as the directory has it. */
    record Entry(String name, int flags, int method, int crc, long packed, long unpacked, long offset) {
        boolean folder() {
            return name.endsWith("/");
        }

        boolean sizesFollow() {
            return (flags & SIZES_FOLLOW) != 0;
        }

        /** Whether a number before the entry's bytes is the directory's; zero stands for one that follows. */
        boolean says(int local, int directory) {
            return local == directory || sizesFollow() && local == 0;
        }

        /** What the name is where case, the form of accents and a last slash say nothing. */
        private String plain() {
            String path = folder() ? name.substring(0, name.length() - 1) : name;
            return Normalizer.normalize(path, Normalizer.Form.NFC)
                    .toUpperCase(Locale.ROOT)
                    .toLowerCase(Locale.ROOT);
        }
    }

    static List<Entry> read(Path jar, int mostEntries) throws IOException {
        try (var file = new RandomAccessFile(jar.toFile(), "r")) {
            return new ZipDirectory(file).entries(mostEntries);
        }
    }

    private List<Entry> entries(int most) throws IOException {
        if (length < END_SIZE) {
            throw corrupt("an end record of 22 bytes", length + " bytes in all");
        }
        ByteBuffer end = bytes(length - END_SIZE, END_SIZE);
        if (end.getInt(0) != END) {
            throw corrupt("the end record as the file's last 22 bytes", "something else");
        }
        int count = unsigned(end, 10);
        long size = end.getInt(12) & 0xffffffffL;
        long start = end.getInt(16) & 0xffffffffL;
        if (end.getInt(4) != 0
                || unsigned(end, 8) != count
                || start + size != length - END_SIZE
                || size > MAX_DIRECTORY) {
            throw corrupt("one archive of less than 4 GiB whose directory ends where the end record begins", "another");
        }
        if (count > most) {
            throw new ProblemException(ProblemCode.JAR_BOMB, "expected at most " + most + " entries, given " + count);
        }
        List<Entry> entries = directory(bytes(start, (int) size), count);
        checkPlaces(entries, start);
        return entries;
    }

    private List<Entry> directory(ByteBuffer records, int count) throws IOException {
        List<Entry> entries = new ArrayList<>();
        Set<String> seen = new HashSet<>();
        for (int i = 0; i < count; i++) {
            if (records.remaining() < CENTRAL_SIZE || records.getInt(records.position()) != CENTRAL) {
                throw corrupt(count + " records in the directory", i + " readable ones");
            }
            Entry entry = record(records);
            if (!seen.add(entry.plain())) {
                throw duplicate(
                        "each name once, also where only case or accents are written otherwise", entry, " again");
            }
            checkLocal(entry);
            entries.add(entry);
        }
        if (records.hasRemaining()) {
            throw corrupt("a directory of " + count + " records", records.remaining() + " bytes more");
        }
        checkFolders(entries);
        return entries;
    }

    /** What is a folder for one entry must be no file. */
    private static void checkFolders(List<Entry> entries) {
        Set<String> files = entries.stream()
                .filter(entry -> !entry.folder())
                .map(Entry::plain)
                .collect(Collectors.toSet());
        Set<String> looked = new HashSet<>();
        for (Entry entry : entries) {
            String path = entry.plain();
            for (int slash = path.lastIndexOf('/');
                    slash > 0 && looked.add(path.substring(0, slash));
                    slash = path.lastIndexOf('/', slash - 1)) {
                if (files.contains(path.substring(0, slash))) {
                    throw duplicate("folders that are no files at the same time", entry, " in one that is");
                }
            }
        }
    }

    private static ProblemException duplicate(String expected, Entry entry, String how) {
        return new ProblemException(
                ProblemCode.ENTRY_DUPLICATE, "expected " + expected + ", given '" + shown(entry.name()) + "'" + how);
    }

    private Entry record(ByteBuffer records) {
        int at = records.position();
        int nameLength = unsigned(records, at + 28);
        int whole = CENTRAL_SIZE + nameLength + unsigned(records, at + 30) + unsigned(records, at + 32);
        if (records.remaining() < whole) {
            throw corrupt("whole records in the directory", "one that is cut short");
        }
        String name = name(records.slice(at + CENTRAL_SIZE, nameLength));
        int flags = unsigned(records, at + 8);
        int method = unsigned(records, at + 10);
        if ((flags & UTF_8) == 0 && name.chars().anyMatch(c -> c > 0x7f)) {
            throw unsafe(name, "a name that is marked as UTF-8", "one that others read otherwise");
        }
        if ((flags & 1) != 0 || method != 0 && method != 8) {
            throw unsafe(name, "an entry that is stored or deflated and not encrypted", "method " + method);
        }
        int mode = unsigned(records, at + 4) >> 8 == SYSTEM_UNIX ? unsigned(records, at + 40) & TYPE : 0;
        if (!TYPES.contains(mode)) {
            throw unsafe(name, "a plain file or folder", "a link or device (mode " + Integer.toOctalString(mode) + ")");
        }
        checkFields(
                name,
                records.slice(at + CENTRAL_SIZE + nameLength, unsigned(records, at + 30))
                        .order(ByteOrder.LITTLE_ENDIAN));
        long packed = records.getInt(at + 20) & 0xffffffffL;
        long unpacked = records.getInt(at + 24) & 0xffffffffL;
        long offset = records.getInt(at + 42) & 0xffffffffL;
        records.position(at + whole);
        return new Entry(name, flags, method, records.getInt(at + 16), packed, unpacked, offset);
    }

    private static String name(ByteBuffer bytes) {
        String name;
        try {
            name = StandardCharsets.UTF_8.newDecoder().decode(bytes).toString();
        } catch (CharacterCodingException e) {
            throw unsafe("?", "a name in UTF-8", "other bytes");
        }
        boolean plain = !name.isEmpty()
                && name.length() <= MAX_NAME
                && name.chars().noneMatch(c -> c < ' ' || c == '\\' || c == ':' || c == 0x7f);
        String path = name.endsWith("/") ? name.substring(0, name.length() - 1) : name;
        for (String part : path.split("/", -1)) {
            plain &= !part.isEmpty() && !part.equals(".") && !part.equals("..");
        }
        if (!plain) {
            throw unsafe(name, "a relative path of plain names inside the jar", "'" + shown(name) + "'");
        }
        return name;
    }

    /** What stands before an entry's bytes must be what the directory says. */
    private void checkLocal(Entry entry) throws IOException {
        byte[] name = entry.name().getBytes(StandardCharsets.UTF_8);
        if (entry.offset() + LOCAL_SIZE + name.length > length) {
            throw corrupt("entries inside the file", "'" + shown(entry.name()) + "' outside");
        }
        ByteBuffer local = bytes(entry.offset(), LOCAL_SIZE + name.length);
        boolean same = local.getInt(0) == LOCAL
                && unsigned(local, 6) == entry.flags()
                && unsigned(local, 8) == entry.method()
                && entry.says(local.getInt(14), entry.crc())
                && entry.says(local.getInt(18), (int) entry.packed())
                && entry.says(local.getInt(22), (int) entry.unpacked())
                && unsigned(local, 26) == name.length
                && local.slice(LOCAL_SIZE, name.length).equals(ByteBuffer.wrap(name));
        if (!same || end(entry, local) > length) {
            throw corrupt(
                    "the same entry in the directory and before its bytes", "two for '" + shown(entry.name()) + "'");
        }
        checkFields(entry.name(), bytes(entry.offset() + LOCAL_SIZE + name.length, unsigned(local, 28)));
    }

    /** Where an entry's bytes end. */
    private static long end(Entry entry, ByteBuffer local) {
        return entry.offset() + LOCAL_SIZE + unsigned(local, 26) + unsigned(local, 28) + entry.packed();
    }

    /** A further field that names the entry otherwise is obeyed by some readers and not by others. */
    private static void checkFields(String name, ByteBuffer fields) {
        for (int at = 0; at + 4 <= fields.capacity(); at += 4 + unsigned(fields, at + 2)) {
            if (unsigned(fields, at) == OTHER_NAME) {
                throw unsafe(name, "one name", "a second one in a further field");
            }
        }
    }

    /** Entries lie one after the other from the first byte to the directory, each followed by its sizes where it says so. */
    private void checkPlaces(List<Entry> entries, long directory) throws IOException {
        List<Entry> sorted =
                entries.stream().sorted(Comparator.comparingLong(Entry::offset)).toList();
        long free = 0;
        for (Entry entry : sorted) {
            if (entry.offset() != free) {
                throw outOfLine(entry);
            }
            free = end(entry, bytes(entry.offset(), LOCAL_SIZE));
            if (entry.sizesFollow()) {
                free += descriptor(entry, free, directory);
            }
            if (free > directory) {
                throw outOfLine(entry);
            }
        }
        if (free != directory) {
            throw corrupt("the directory right after the last entry", (directory - free) + " bytes between them");
        }
    }

    private static ProblemException outOfLine(Entry entry) {
        return corrupt(
                "entries one after the other, without overlap or bytes between them",
                "'" + shown(entry.name()) + "' out of line");
    }

    /** How long the sizes behind an entry are, which must be those of the directory. */
    private int descriptor(Entry entry, long at, long directory) throws IOException {
        int size = (int) Math.min(16, directory - at);
        ByteBuffer found = size < 12 ? ByteBuffer.allocate(12) : bytes(at, size);
        int from = size == 16 && found.getInt(0) == DESCRIPTOR ? 4 : 0;
        boolean same = size >= 12
                && found.getInt(from) == entry.crc()
                && found.getInt(from + 4) == (int) entry.packed()
                && found.getInt(from + 8) == (int) entry.unpacked();
        if (!same) {
            throw corrupt(
                    "behind an entry's bytes the sizes that the directory says",
                    "others for '" + shown(entry.name()) + "'");
        }
        return from + 12;
    }

    private ByteBuffer bytes(long from, int size) throws IOException {
        byte[] content = new byte[size];
        file.seek(from);
        file.readFully(content);
        return ByteBuffer.wrap(content).order(ByteOrder.LITTLE_ENDIAN);
    }

    private static int unsigned(ByteBuffer bytes, int at) {
        return bytes.getShort(at) & 0xffff;
    }

    static String shown(String name) {
        String plain = name.replaceAll("\\p{Cntrl}", "?");
        return plain.length() <= 80 ? plain : plain.substring(0, 77) + "...";
    }

    private static ProblemException corrupt(String expected, String given) {
        return new ProblemException(
                ProblemCode.JAR_CORRUPT, "artifact: expected a zip archive with " + expected + ", given " + given);
    }

    private static ProblemException unsafe(String name, String expected, String given) {
        return new ProblemException(
                ProblemCode.ENTRY_UNSAFE, "entry '" + shown(name) + "': expected " + expected + ", given " + given);
    }
}
