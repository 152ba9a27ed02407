package org.layerzoo.kernels.device;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.List;
import java.util.Optional;

/** A native library by the foreign function interface. A library that is not there is a normal state. */
public final class Native {
    public static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;
    public static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;
    public static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT;
    public static final java.lang.foreign.AddressLayout POINTER = ValueLayout.ADDRESS;

    private final String file;
    private final SymbolLookup symbols;

    private Native(String file, SymbolLookup symbols) {
        this.file = file;
        this.symbols = symbols;
    }

    /** The first of these files that can be loaded; it stays loaded. */
    public static Optional<Native> open(List<String> files) {
        for (String f : files) {
            try {
                return Optional.of(new Native(f, SymbolLookup.libraryLookup(f, Arena.global())));
            } catch (IllegalArgumentException notThere) {
                // The next name may be.
            }
        }
        return Optional.empty();
    }

    public String file() {
        return file;
    }

    public boolean has(String function) {
        return symbols.find(function).isPresent();
    }

    /** A function that returns an int (a status); a missing one is an error when it is called for. */
    public MethodHandle status(String function, java.lang.foreign.MemoryLayout... arguments) {
        return handle(function, FunctionDescriptor.of(INT, arguments));
    }

    /** A function that returns a pointer. */
    public MethodHandle pointer(String function, java.lang.foreign.MemoryLayout... arguments) {
        return handle(function, FunctionDescriptor.of(POINTER, arguments));
    }

    /** A function that returns a number of 64 bits. */
    public MethodHandle number(String function, java.lang.foreign.MemoryLayout... arguments) {
        return handle(function, FunctionDescriptor.of(LONG, arguments));
    }

    public MethodHandle nothing(String function, java.lang.foreign.MemoryLayout... arguments) {
        return handle(function, FunctionDescriptor.ofVoid(arguments));
    }

    private MethodHandle handle(String function, FunctionDescriptor type) {
        MemorySegment symbol = symbols.find(function)
                .orElseThrow(() -> new MissingFunction(file + " has no function " + function + ": it is too old"));
        return Linker.nativeLinker().downcallHandle(symbol, type);
    }

    /** A library that lacks a function we need. */
    public static final class MissingFunction extends RuntimeException {
        private static final long serialVersionUID = 1L;

        public MissingFunction(String message) {
            super(message);
        }
    }

    /** What a native call may throw: nothing that a caller could mend. */
    public static IllegalStateException failed(Throwable t) {
        if (t instanceof RuntimeException e) {
            throw e;
        }
        if (t instanceof Error e) {
            throw e;
        }
        return new IllegalStateException(t);
    }
}
