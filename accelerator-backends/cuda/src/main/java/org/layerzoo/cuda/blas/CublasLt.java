package org.layerzoo.cuda.blas;

import static org.layerzoo.kernels.device.Native.INT;
import static org.layerzoo.kernels.device.Native.LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.layerzoo.core.op.Op;
import org.layerzoo.core.op.Primitive;
import org.layerzoo.core.op.Primitive.UnaryFn;
import org.layerzoo.core.op.dense.Activation;
import org.layerzoo.core.op.dense.LinearMap;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorScope;
import org.layerzoo.core.tensor.TensorSpec;
import org.layerzoo.kernels.GpuRunner;
import org.layerzoo.kernels.device.GpuContext;
import org.layerzoo.kernels.device.Native;

/**
 * Matrix products by cuBLASLt: its kernels reach the tensor cores of every generation. Our row-major C = A B is its column-major
 * C^T = B^T A^T, so A and B change places. The algorithm is the library's first proposal, asked for once a shape; results of split sums
 * are added in F32 and in a fixed order, so that equal inputs give equal bits. Activations it lacks are a pass of our own behind it.
 */
public final class CublasLt implements GpuRunner.Library {
    /** What NVIDIA advises for Hopper. */
    private static final long WORKSPACE = 32L << 20;

    private static final int MOST_ALIGNED = 256;
    /** Up to so many, our own kernel applies any activation and is bound by reading the weights, as the library's is. */
    private static final int FEW_ROWS = 8;

    private final Lt lt;
    private final long handle;
    private final Map<Key, Optional<Prepared>> prepared = new ConcurrentHashMap<>();
    private final MemorySegment one = Arena.ofAuto().allocate(2 * LONG.byteSize());
    private final MemorySegment oneDouble = Arena.ofAuto().allocateFrom(ValueLayout.JAVA_DOUBLE, 1, 0);

    /** A product of operands that lie at multiples of so many bytes. */
    private record Key(Product product, int alignA, int alignB, int alignC) {}

    /** Makes the device's context this thread's. */
    private final Runnable enter;

    private CublasLt(Lt lt, long handle, Runnable enter) {
        this.lt = lt;
        this.handle = handle;
        this.enter = enter;
        one.set(ValueLayout.JAVA_FLOAT, 0, 1);
    }

    /**
     * The newest version on this machine that works with the driver; empty when there is none.
     *
     * @param enter makes the device's context this thread's
     */
    public static Optional<CublasLt> open(Runnable enter) {
        enter.run();
        return Lt.found()
                .flatMap(lt -> lt.handle().map(h -> new CublasLt(lt, h, enter)).stream())
                .findFirst();
    }

    @Override
    public String toString() {
        return "cuBLASLt " + lt.version() + " (" + lt.file() + ")";
    }

    private static Optional<Product> product(Op op, List<TensorSpec> in) {
        return switch (op) {
            case Primitive.MatMul m -> Product.of(m, in);
            case LinearMap l ->
                Product.of(l, in).or(() -> Product.of(new LinearMap(l.bias(), Activation.NONE), in)
                        .filter(p -> p.size().m() > FEW_ROWS));
            default -> Optional.empty();
        };
    }

    @Override
    public boolean takes(Op op, List<TensorSpec> in) {
        return product(op, in)
                .flatMap(p -> prepared(new Key(p, MOST_ALIGNED, MOST_ALIGNED, MOST_ALIGNED)))
                .isPresent();
    }

    @Override
    public Optional<List<Tensor>> execute(Op op, List<Tensor> in, GpuRunner runner) {
        List<TensorSpec> specs = in.stream().map(Tensor::spec).toList();
        return product(op, specs).flatMap(p -> {
            long[] at = runner.context().addresses(in.get(0), in.get(1));
            return prepared(new Key(p, aligned(at[0]), aligned(at[1]), MOST_ALIGNED))
                    .map(r -> {
                        TensorSpec result = op.infer(specs).getFirst();
                        if (op instanceof LinearMap l && !p.applies(l.activation())) {
                            Op activation = new Primitive.Unary(
                                    UnaryFn.valueOf(l.activation().name()));
                            return TensorScope.use(() ->
                                    runner.execute(activation, List.of(multiply(p, r, in, result, runner.context()))));
                        }
                        return List.of(multiply(p, r, in, result, runner.context()));
                    });
        });
    }

    private Tensor multiply(Product p, Prepared r, List<Tensor> in, TensorSpec result, GpuContext context) {
        Tensor c = context.empty(result);
        Tensor bias = p.biased() ? in.get(2) : in.get(0);
        context.queue(
                (stream, scratch, addresses) -> run(p, r, stream.handle(), scratch, addresses),
                r.workspace,
                in.get(0),
                in.get(1),
                c,
                bias);
        return c;
    }

    private static int aligned(long address) {
        return (int) Math.min(MOST_ALIGNED, Long.lowestOneBit(address));
    }

    private void run(Product p, Prepared r, long stream, long scratch, long[] at) {
        enter.run();
        MemorySegment alpha = p.dtype() == DType.F64 ? oneDouble : one;
        long beta = alpha.address() + Long.BYTES;
        // The bias is a part of the description, which all threads share.
        synchronized (r) {
            if (p.biased()) {
                r.bias(lt, at[3]);
            }
            try {
                int status = (int) lt.matmul.invokeExact(
                        handle,
                        r.descriptor,
                        alpha.address(),
                        at[1],
                        r.b,
                        at[0],
                        r.a,
                        beta,
                        at[2],
                        r.c,
                        at[2],
                        r.c,
                        r.algorithm.address(),
                        scratch,
                        r.workspace,
                        stream);
                Lt.check(status, "cublasLtMatmul");
            } catch (Throwable t) {
                throw Native.failed(t);
            }
        }
    }

    private Optional<Prepared> prepared(Key key) {
        return prepared.computeIfAbsent(key, this::prepare);
    }

    private Optional<Prepared> prepare(Key key) {
        enter.run();
        Product p = key.product;
        Product.Size s = p.size();
        try (Arena arena = Arena.ofConfined()) {
            Prepared r = new Prepared(lt, p, arena);
            r.b = r.matrix(p.transposeB() ? s.k() : s.n(), p.transposeB() ? s.n() : s.k(), p.sharedB());
            r.a = r.matrix(p.transposeA() ? s.m() : s.k(), p.transposeA() ? s.k() : s.m(), p.sharedA());
            r.c = r.matrix(s.n(), s.m(), false);
            return choose(key, r, arena) ? Optional.of(r) : Optional.empty();
        } catch (Throwable t) {
            throw Native.failed(t);
        }
    }

    /** Asks for the best algorithm; false when the library has none for such a product. */
    private boolean choose(Key key, Prepared r, Arena arena) throws Throwable {
        MemorySegment out = arena.allocate(LONG);
        Lt.check((int) lt.preference.invokeExact(out.address()), "cublasLtMatmulPreferenceCreate");
        long preference = out.get(LONG, 0);
        try {
            prefer(preference, Lt.MOST_WORKSPACE, arena.allocateFrom(LONG, WORKSPACE));
            prefer(preference, Lt.REDUCTIONS, arena.allocateFrom(INT, Lt.IN_COMPUTE_TYPE));
            // The library's A is our B.
            int[] aligned = {key.alignB, key.alignA, key.alignC, key.alignC};
            for (int i = 0; i < aligned.length; i++) {
                prefer(preference, Lt.ALIGNMENT_A + i, arena.allocateFrom(INT, aligned[i]));
            }
            MemorySegment result = arena.allocate(Lt.RESULT_BYTES, Long.BYTES);
            MemorySegment count = arena.allocate(INT);
            int status = (int) lt.heuristic.invokeExact(
                    handle, r.descriptor, r.b, r.a, r.c, r.c, preference, 1, result.address(), count.address());
            if (status != Lt.SUCCESS || count.get(INT, 0) == 0 || result.get(INT, Lt.RESULT_STATE) != Lt.SUCCESS) {
                return false;
            }
            r.workspace = result.get(LONG, Lt.RESULT_WORKSPACE);
            r.algorithm.copyFrom(result.asSlice(0, Lt.RESULT_WORKSPACE));
            return true;
        } finally {
            Lt.check((int) lt.preferenceDestroy.invokeExact(preference), "cublasLtMatmulPreferenceDestroy");
        }
    }

    private void prefer(long preference, int what, MemorySegment value) throws Throwable {
        int status = (int) lt.preferenceSet.invokeExact(preference, what, value.address(), value.byteSize());
        Lt.check(status, "cublasLtMatmulPreferenceSetAttribute " + what);
    }
}
