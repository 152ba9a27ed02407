package org.layerzoo.registry.publish;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
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
    /** A data descriptor may follow an entry's bytes. */
    private static final int DESCRIPTOR = 24;

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
    record Entry(String name, long packed, long unpacked, long offset) {
        boolean folder() {
            return name.endsWith("/");
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
            if (!seen.add(entry.name().toLowerCase(Locale.ROOT))) {
                throw new ProblemException(
                        ProblemCode.ENTRY_DUPLICATE,
                        "expected each name once, also where only case differs, given '" + shown(entry.name())
                                + "' again");
            }
            checkLocal(entry);
            entries.add(entry);
        }
        if (records.hasRemaining()) {
            throw corrupt("a directory of " + count + " records", records.remaining() + " bytes more");
        }
        return entries;
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
        if ((flags & 1) != 0 || method != 0 && method != 8) {
            throw unsafe(name, "an entry that is stored or deflated and not encrypted", "method " + method);
        }
        int mode = unsigned(records, at + 4) >> 8 == SYSTEM_UNIX ? unsigned(records, at + 40) & TYPE : 0;
        if (!TYPES.contains(mode)) {
            throw unsafe(name, "a plain file or folder", "a link or device (mode " + Integer.toOctalString(mode) + ")");
        }
        long packed = records.getInt(at + 20) & 0xffffffffL;
        long unpacked = records.getInt(at + 24) & 0xffffffffL;
        long offset = records.getInt(at + 42) & 0xffffffffL;
        records.position(at + whole);
        return new Entry(name, packed, unpacked, offset);
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
                && unsigned(local, 26) == name.length
                && local.slice(LOCAL_SIZE, name.length).equals(ByteBuffer.wrap(name));
        if (!same) {
            throw corrupt(
                    "the same entry in the directory and before its bytes", "two for '" + shown(entry.name()) + "'");
        }
    }

    private void checkPlaces(List<Entry> entries, long directory) throws IOException {
        long free = 0;
        for (Entry entry :
                entries.stream().sorted(Comparator.comparingLong(Entry::offset)).toList()) {
            boolean fits = entry.offset() >= free && entry.offset() - free <= (free == 0 ? 0 : DESCRIPTOR);
            ByteBuffer local = bytes(entry.offset(), LOCAL_SIZE);
            free = entry.offset() + LOCAL_SIZE + unsigned(local, 26) + unsigned(local, 28) + entry.packed();
            if (!fits || free > directory) {
                throw corrupt(
                        "entries one after the other, without overlap or bytes between them",
                        "'" + shown(entry.name()) + "' out of line");
            }
        }
        if (directory - free > DESCRIPTOR) {
            throw corrupt("the directory right after the last entry", (directory - free) + " bytes between them");
        }
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
