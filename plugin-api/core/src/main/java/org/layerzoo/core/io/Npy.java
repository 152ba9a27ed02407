package org.layerzoo.core.io;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.layerzoo.core.ErrorCode;
import org.layerzoo.core.ZooException;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorSpec;

/** NumPy's .npy format, versions 1 to 3, little endian, C order. */
public final class Npy {
    private static final byte[] MAGIC = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y'};
    private static final Pattern DESCR = Pattern.compile("'descr'\\s*:\\s*'([^']*)'");
    private static final Pattern FORTRAN = Pattern.compile("'fortran_order'\\s*:\\s*(True|False)");
    private static final Pattern SHAPE = Pattern.compile("'shape'\\s*:\\s*\\(([^)]*)\\)");

    private Npy() {}

    /** @throws ZooException BAD_FILE naming what is broken */
    public static Tensor read(Path file) {
        byte[] all;
        try {
            all = Files.readAllBytes(file);
        } catch (java.nio.file.NoSuchFileException e) {
            throw new ZooException(ErrorCode.BAD_FILE, "no file " + file, e);
        } catch (IOException e) {
            throw new ZooException(ErrorCode.UNREADABLE, "cannot read " + file + ": " + e.getMessage(), e);
        }
        if (all.length < 10 || !Arrays.equals(Arrays.copyOf(all, 6), MAGIC)) {
            throw bad(file, "it does not start with the .npy mark");
        }
        ByteBuffer b = ByteBuffer.wrap(all).order(ByteOrder.LITTLE_ENDIAN);
        int start = all[6] == 1 ? 10 : 12;
        int n = all[6] == 1 ? b.getShort(8) & 0xFFFF : b.getInt(8);
        if (n < 0 || start + n > all.length) {
            throw bad(file, "its header is cut off");
        }
        String header = new String(all, start, n, StandardCharsets.UTF_8);
        if (field(file, FORTRAN, header).equals("True")) {
            throw bad(file, "it is in Fortran order; save it with numpy.ascontiguousarray");
        }
        TensorSpec spec = new TensorSpec(
                dtype(file, field(file, DESCR, header)), org.layerzoo.core.tensor.Shape.of(shape(file, header)));
        long bytes = all.length - start - n;
        if (bytes != spec.bytes()) {
            throw bad(file, spec + " needs " + spec.bytes() + " bytes and it has " + bytes);
        }
        Tensor t = Tensor.allocate(spec);
        MemorySegment.copy(MemorySegment.ofArray(all), start + n, t.segment(), 0, bytes);
        return t;
    }

    private static int[] shape(Path file, String header) {
        String s = field(file, SHAPE, header).trim();
        return s.isEmpty()
                ? new int[0]
                : Arrays.stream(s.split(","))
                        .map(String::trim)
                        .filter(x -> !x.isEmpty())
                        .mapToInt(Integer::parseInt)
                        .toArray();
    }

    private static DType dtype(Path file, String descr) {
        return switch (descr) {
            case "<f4" -> DType.F32;
            case "<f8" -> DType.F64;
            case "<f2" -> DType.F16;
            case "<i8" -> DType.I64;
            case "<i4" -> DType.I32;
            case "|b1" -> DType.BOOL;
            default -> throw bad(file, "dtype '" + descr + "' is none of <f4 <f8 <f2 <i8 <i4 |b1");
        };
    }

    private static String field(Path file, Pattern p, String header) {
        Matcher m = p.matcher(header);
        if (!m.find()) {
            throw bad(
                    file,
                    "its header lacks " + p.pattern().substring(1, p.pattern().indexOf('\'', 1)));
        }
        return m.group(1);
    }

    /** @throws ZooException BAD_DTYPE for BF16, which NumPy has no name for */
    public static void write(Path file, Tensor t) {
        String descr =
                switch (t.dtype()) {
                    case F32 -> "<f4";
                    case F64 -> "<f8";
                    case F16 -> "<f2";
                    case I64 -> "<i8";
                    case I32 -> "<i4";
                    case BOOL -> "|b1";
                    case BF16 -> throw new ZooException(ErrorCode.BAD_DTYPE, ".npy has no BF16: cast to F32 first");
                };
        String dims = Arrays.stream(t.shape().dims()).mapToObj(d -> d + ",").collect(Collectors.joining(" "));
        String header = "{'descr': '" + descr + "', 'fortran_order': False, 'shape': (" + dims + "), }";
        int pad = 64 - (10 + header.length() + 1) % 64;
        header += " ".repeat(pad % 64) + "\n";
        ByteBuffer b = ByteBuffer.allocate(
                        10 + header.length() + Math.toIntExact(t.spec().bytes()))
                .order(ByteOrder.LITTLE_ENDIAN);
        b.put(MAGIC)
                .put((byte) 1)
                .put((byte) 0)
                .putShort((short) header.length())
                .put(header.getBytes(StandardCharsets.US_ASCII));
        b.put(t.segment().asByteBuffer());
        try {
            Files.write(file, b.array());
        } catch (IOException e) {
            throw new ZooException(ErrorCode.UNREADABLE, "cannot write " + file + ": " + e.getMessage(), e);
        }
    }

    private static ZooException bad(Path file, String why) {
        return new ZooException(ErrorCode.BAD_FILE, file + " is no valid .npy file: " + why);
    }
}
