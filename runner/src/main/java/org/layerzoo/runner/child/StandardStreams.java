package org.layerzoo.runner.child;

import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.charset.StandardCharsets;
import java.util.Objects;

/**
 * Takes the pipe for the protocol alone: frames move to descriptors that nobody else knows, standard output becomes the
 * log, standard input is empty. So neither {@code printf} in a native library nor a forked process can disturb a frame.
 */
final class StandardStreams {
    private static final int O_RDONLY = 0;
    private static final int BUFFER = 1 << 16;

    private final InputStream frames;
    private final OutputStream answers;

    private StandardStreams(InputStream frames, OutputStream answers) {
        this.frames = frames;
        this.answers = answers;
    }

    InputStream in() {
        return frames;
    }

    OutputStream out() {
        return answers;
    }

    /** Claims the pipe; where the platform has no POSIX calls the Java streams alone are redirected. */
    static StandardStreams claim() {
        StandardStreams streams = Posix.isThere() ? viaPosix() : viaJava();
        PrintStream log = new PrintStream(new FileOutputStream(FileDescriptor.err), true, StandardCharsets.UTF_8);
        System.setOut(log);
        System.setErr(log);
        System.setIn(InputStream.nullInputStream());
        return streams;
    }

    private static StandardStreams viaJava() {
        return new StandardStreams(new FileInputStream(FileDescriptor.in), new FileOutputStream(FileDescriptor.out));
    }

    private static StandardStreams viaPosix() {
        Posix posix = new Posix();
        // its own process group: Ctrl-C in a terminal reaches the parent, which then decides
        posix.call("setpgid", 0, 0);
        int in = posix.call("dup", 0);
        int out = posix.call("dup", 1);
        int nothing = posix.openNull();
        if (in < 0 || out < 0 || nothing < 0 || posix.call("dup2", nothing, 0) < 0 || posix.call("dup2", 2, 1) < 0) {
            return viaJava();
        }
        return new StandardStreams(new DescriptorInput(posix, in), new DescriptorOutput(posix, out));
    }

    private static final class DescriptorInput extends InputStream {
        private final Posix posix;
        private final int descriptor;
        private final MemorySegment buffer = Arena.global().allocate(BUFFER);

        DescriptorInput(Posix posix, int descriptor) {
            this.posix = posix;
            this.descriptor = descriptor;
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
            Objects.checkFromIndexSize(offset, length, bytes.length);
            if (length == 0) {
                return 0;
            }
            long n = posix.transfer("read", descriptor, buffer, Math.min(length, BUFFER));
            if (n <= 0) {
                return -1;
            }
            MemorySegment.copy(buffer, ValueLayout.JAVA_BYTE, 0, bytes, offset, (int) n);
            return (int) n;
        }
    }

    private static final class DescriptorOutput extends OutputStream {
        private final Posix posix;
        private final int descriptor;
        private final MemorySegment buffer = Arena.global().allocate(BUFFER);

        DescriptorOutput(Posix posix, int descriptor) {
            this.posix = posix;
            this.descriptor = descriptor;
        }

        @Override
        public void write(int b) throws IOException {
            write(new byte[] {(byte) b}, 0, 1);
        }

        @Override
        public synchronized void write(byte[] bytes, int offset, int length) throws IOException {
            Objects.checkFromIndexSize(offset, length, bytes.length);
            int done = 0;
            while (done < length) {
                int piece = Math.min(length - done, BUFFER);
                MemorySegment.copy(bytes, offset + done, buffer, ValueLayout.JAVA_BYTE, 0, piece);
                long n = posix.transfer("write", descriptor, buffer, piece);
                if (n <= 0) {
                    throw new IOException("the pipe to the runner is closed");
                }
                done += (int) n;
            }
        }
    }

    /** The few calls of the C library that Java has no name for. */
    private static final class Posix {
        private static final Linker LINKER = Linker.nativeLinker();
        private static final SymbolLookup LIBRARY = LINKER.defaultLookup();

        static boolean isThere() {
            return !System.getProperty("os.name").startsWith("Windows")
                    && LIBRARY.find("dup2").isPresent()
                    && LIBRARY.find("setpgid").isPresent();
        }

        int call(String name, int... arguments) {
            try {
                return switch (arguments.length) {
                    case 1 -> (int) handle(name, intFunction(1)).invokeExact(arguments[0]);
                    case 2 -> (int) handle(name, intFunction(2)).invokeExact(arguments[0], arguments[1]);
                    default -> throw new IllegalArgumentException(name);
                };
            } catch (Throwable e) {
                throw new IllegalStateException("the C library's " + name + " cannot be called", e);
            }
        }

        int openNull() {
            FunctionDescriptor open =
                    FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.JAVA_INT);
            try (Arena arena = Arena.ofConfined()) {
                MemorySegment path = arena.allocateFrom("/dev/null");
                return (int)
                        handle("open", open, Linker.Option.firstVariadicArg(2)).invokeExact(path, O_RDONLY);
            } catch (Throwable e) {
                throw new IllegalStateException("the C library's open cannot be called", e);
            }
        }

        private static FunctionDescriptor intFunction(int arguments) {
            return arguments == 1
                    ? FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT)
                    : FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.JAVA_INT);
        }

        private static MethodHandle handle(String name, FunctionDescriptor type, Linker.Option... options) {
            return LINKER.downcallHandle(LIBRARY.findOrThrow(name), type, options);
        }

        private static final FunctionDescriptor TRANSFER = FunctionDescriptor.of(
                ValueLayout.JAVA_LONG, ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.JAVA_LONG);
        private final MethodHandle read = handle("read", TRANSFER);
        private final MethodHandle write = handle("write", TRANSFER);

        /** Bytes moved; 0 at the end of the stream, negative on an error. */
        long transfer(String name, int descriptor, MemorySegment buffer, long length) {
            try {
                MethodHandle method = name.equals("read") ? read : write;
                return (long) method.invokeExact(descriptor, buffer, length);
            } catch (Throwable e) {
                throw new IllegalStateException("the C library's " + name + " cannot be called", e);
            }
        }
    }
}
