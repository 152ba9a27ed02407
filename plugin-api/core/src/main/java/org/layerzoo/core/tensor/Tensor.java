package org.layerzoo.core.tensor;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Optional;
import java.util.function.Function;
import org.layerzoo.core.ErrorCode;
import org.layerzoo.core.ZooException;

/**
 * An immutable, dense, row-major array on 64-byte aligned memory. Infix arithmetic comes from its interface, functions are static in
 * {@link org.layerzoo.core.op.Ops}; this class holds the numbers only.
 *
 * <p>An abstract tensor has a type and a shape but no numbers; the shapes-only interpreter works on those.
 */
public final class Tensor implements org.layerzoo.core.op.TensorMath {
    private final TensorSpec spec;
    private final Storage storage;
    private final long offset;

    private Tensor(TensorSpec spec, Storage storage, long offset) {
        this.spec = spec;
        this.storage = storage;
        this.offset = offset;
    }

    /** Memory for a new tensor whose every element the caller will write before anybody reads it. */
    public static Tensor allocate(TensorSpec spec) {
        return new Tensor(spec, Memory.allocate(spec.bytes()), 0);
    }

    public static Tensor allocate(DType dtype, int... dims) {
        return allocate(TensorSpec.of(dtype, dims));
    }

    /** A tensor whose numbers are computed when they are first read. */
    public static Tensor deferred(TensorSpec spec, Deferred how) {
        return new Tensor(spec, Memory.defer(spec.bytes(), how), 0);
    }

    /** A tensor whose numbers are, or will be, in a device's memory. */
    public static Tensor resident(TensorSpec spec, Resident numbers) {
        return new Tensor(spec, Memory.resident(spec.bytes(), numbers), 0);
    }

    /** A tensor without numbers. */
    public static Tensor abstractOf(TensorSpec spec) {
        return new Tensor(spec, null, 0);
    }

    /**
     * A view of memory that somebody else owns (a mapped file); the segment must outlive the tensor. An array of the Java heap is copied
     * instead: it has no address that a device could read.
     */
    public static Tensor wrap(TensorSpec spec, MemorySegment segment) {
        if (segment.byteSize() != spec.bytes()) {
            throw ZooException.badShape(
                    "memory of " + segment.byteSize() + " bytes cannot hold " + spec + " (" + spec.bytes() + " bytes)");
        }
        MemorySegment outside = segment.isNative() ? segment : Memory.outside(segment);
        return new Tensor(spec, Storage.wrapping(outside), 0);
    }

    public static Tensor of(float[] values, int... dims) {
        Tensor t = checked(DType.F32, values.length, dims);
        MemorySegment.copy(values, 0, t.segment(), ValueLayout.JAVA_FLOAT_UNALIGNED, 0, values.length);
        return t;
    }

    public static Tensor of(double[] values, int... dims) {
        return of(DType.F64, values, dims);
    }

    /** Values rounded to {@code dtype}. */
    public static Tensor of(DType dtype, double[] values, int... dims) {
        Tensor t = checked(dtype, values.length, dims);
        MemorySegment s = t.segment();
        for (int i = 0; i < values.length; i++) {
            Elements.set(s, dtype, i, values[i]);
        }
        return t;
    }

    public static Tensor of(long[] values, int... dims) {
        Tensor t = checked(DType.I64, values.length, dims);
        MemorySegment.copy(values, 0, t.segment(), ValueLayout.JAVA_LONG_UNALIGNED, 0, values.length);
        return t;
    }

    public static Tensor of(int[] values, int... dims) {
        Tensor t = checked(DType.I32, values.length, dims);
        MemorySegment.copy(values, 0, t.segment(), ValueLayout.JAVA_INT_UNALIGNED, 0, values.length);
        return t;
    }

    public static Tensor of(boolean[] values, int... dims) {
        Tensor t = checked(DType.BOOL, values.length, dims);
        MemorySegment s = t.segment();
        for (int i = 0; i < values.length; i++) {
            s.set(ValueLayout.JAVA_BYTE, i, (byte) (values[i] ? 1 : 0));
        }
        return t;
    }

    public static Tensor scalar(DType dtype, double value) {
        return full(dtype, value);
    }

    public static Tensor full(DType dtype, double value, int... dims) {
        Tensor t = allocate(dtype, dims);
        Memory.fill(t.segment(), dtype, value);
        return t;
    }

    public static Tensor zeros(DType dtype, int... dims) {
        Tensor t = allocate(dtype, dims);
        t.segment().fill((byte) 0);
        return t;
    }

    public static Tensor zeros(TensorSpec spec) {
        return zeros(spec.dtype(), spec.shape().dims());
    }

    public static Tensor ones(DType dtype, int... dims) {
        return full(dtype, 1, dims);
    }

    private static Tensor checked(DType dtype, int n, int... dims) {
        TensorSpec spec = TensorSpec.of(dtype, dims);
        if (spec.shape().size() != n) {
            throw ZooException.badShape(n + " values do not fill a tensor of shape " + spec.shape());
        }
        return allocate(spec);
    }

    /** The same numbers under another shape of equal size, without a copy. */
    public Tensor view(Shape shape) {
        if (shape.size() != size()) {
            throw ZooException.badShape(
                    "reshape: " + shape() + " has " + size() + " elements, " + shape + " has " + shape.size());
        }
        return new Tensor(spec.withShape(shape), storage, offset);
    }

    /** Rows {@code from} (inclusive) to {@code to} (exclusive) of axis 0, without a copy. */
    public Tensor rows(int from, int to) {
        long row = size() == 0 ? 0 : size() / dim(0) * dtype().bytes();
        return new Tensor(spec.withShape(shape().with(0, to - from)), storage, offset + from * row);
    }

    public TensorSpec spec() {
        return spec;
    }

    public DType dtype() {
        return spec.dtype();
    }

    public Shape shape() {
        return spec.shape();
    }

    public int rank() {
        return spec.shape().rank();
    }

    public int dim(int axis) {
        return spec.shape().dim(axis);
    }

    public long size() {
        return spec.shape().size();
    }

    public boolean isAbstract() {
        return storage == null;
    }

    /** The computation that this tensor's numbers still wait for, where it is of exactly this tensor's elements. */
    public Optional<Deferred> deferred() {
        return storage == null || offset != 0 || storage.bytes() != spec.bytes() ? Optional.empty() : storage.pending();
    }

    /** This tensor with its numbers computed: what a measurement has to wait for. */
    public Tensor ready() {
        if (storage != null) {
            storage.ready();
        }
        return this;
    }

    /**
     * The numbers of this tensor's block in the memory of {@code device}; this tensor begins {@link #offset()} bytes behind its start.
     * They stay there as long as the block lives, so that weights cross once.
     *
     * @param upload copies the block there when it is not there yet
     */
    public Resident on(Object device, Function<MemorySegment, Resident> upload) {
        if (storage == null) {
            throw abstractRead();
        }
        return storage.on(device, upload);
    }

    /** Whether the host has this tensor's numbers, so that reading them waits for nothing. */
    public boolean onHost() {
        return storage != null && storage.onHost();
    }

    /** Bytes between the start of this tensor's block and the tensor. */
    public long offset() {
        return offset;
    }

    Optional<Storage> storage() {
        return Optional.ofNullable(storage);
    }

    /** This tensor's bytes; kernels read it, and write it for a tensor they have just allocated. */
    public MemorySegment segment() {
        if (storage == null) {
            throw abstractRead();
        }
        return storage.segment().asSlice(offset, spec.bytes());
    }

    private ZooException abstractRead() {
        return new ZooException(
                ErrorCode.UNSUPPORTED,
                "an abstract tensor " + spec
                        + " has no numbers: this computation reads data while only shapes are being computed");
    }

    /** Lets this tensor outlive its scope; returns itself. */
    public Tensor keep() {
        if (storage != null) {
            TensorScope.keep(storage);
        }
        return this;
    }

    public double get(int... index) {
        if (index.length != rank()) {
            throw ZooException.badShape("get: " + index.length + " indices for rank " + rank());
        }
        long i = 0;
        for (int a = 0; a < index.length; a++) {
            if (index[a] < 0 || index[a] >= dim(a)) {
                throw ZooException.badShape("get: index " + index[a] + " outside axis " + a + " of " + shape());
            }
            i = i * dim(a) + index[a];
        }
        return Elements.get(segment(), dtype(), i);
    }

    /** The value of a tensor of one element. */
    public double item() {
        if (size() != 1) {
            throw ZooException.badShape("item: a tensor of one element expected, given " + spec);
        }
        return Elements.get(segment(), dtype(), 0);
    }

    public double[] toDoubles() {
        double[] out = new double[Math.toIntExact(size())];
        MemorySegment s = segment();
        for (int i = 0; i < out.length; i++) {
            out[i] = Elements.get(s, dtype(), i);
        }
        return out;
    }

    public float[] toFloats() {
        if (dtype() == DType.F32) {
            return segment().toArray(ValueLayout.JAVA_FLOAT_UNALIGNED);
        }
        float[] out = new float[Math.toIntExact(size())];
        MemorySegment s = segment();
        for (int i = 0; i < out.length; i++) {
            out[i] = (float) Elements.get(s, dtype(), i);
        }
        return out;
    }

    public long[] toLongs() {
        long[] out = new long[Math.toIntExact(size())];
        MemorySegment s = segment();
        for (int i = 0; i < out.length; i++) {
            out[i] = Elements.getLong(s, dtype(), i);
        }
        return out;
    }

    public int[] toInts() {
        int[] out = new int[Math.toIntExact(size())];
        MemorySegment s = segment();
        for (int i = 0; i < out.length; i++) {
            out[i] = Math.toIntExact(Elements.getLong(s, dtype(), i));
        }
        return out;
    }

    public boolean[] toBooleans() {
        boolean[] out = new boolean[Math.toIntExact(size())];
        MemorySegment s = segment();
        for (int i = 0; i < out.length; i++) {
            out[i] = Elements.get(s, dtype(), i) != 0;
        }
        return out;
    }

    @Override
    public String toString() {
        return "Tensor " + spec;
    }
}
