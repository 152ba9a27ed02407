package org.layerzoo.cuda.blas;

import static org.layerzoo.kernels.device.Native.INT;
import static org.layerzoo.kernels.device.Native.LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.layerzoo.kernels.device.Native;

/** The library's description of a product and the algorithm it chose; kept for the life of the process. */
final class Prepared {
    private final Lt lt;
    private final Product product;
    private final Arena arena;
    final long descriptor;
    final MemorySegment algorithm = Arena.ofAuto().allocate(Lt.RESULT_WORKSPACE, Long.BYTES);
    private final MemorySegment bias = Arena.ofAuto().allocate(LONG);
    long a;
    long b;
    long c;
    long workspace;

    /** @param arena for what the description is made of, while it is being made */
    Prepared(Lt lt, Product product, Arena arena) throws Throwable {
        this.lt = lt;
        this.product = product;
        this.arena = arena;
        MemorySegment out = arena.allocate(LONG);
        Lt.check(
                (int) lt.descriptor.invokeExact(out.address(), product.arithmetic(), product.scale()),
                "cublasLtMatmulDescCreate");
        descriptor = out.get(LONG, 0);
        describe(Lt.TRANSPOSE_A, product.transposeB() ? 1 : 0);
        describe(Lt.TRANSPOSE_B, product.transposeA() ? 1 : 0);
        describe(Lt.EPILOGUE, product.epilogue().code);
    }

    private void describe(int what, int value) throws Throwable {
        MemorySegment v = arena.allocateFrom(INT, value);
        int status = (int) lt.descriptorSet.invokeExact(descriptor, what, v.address(), v.byteSize());
        Lt.check(status, "cublasLtMatmulDescSetAttribute " + what);
    }

    /** Where the bias is in the next product. */
    void bias(Lt library, long address) {
        bias.set(LONG, 0, address);
        try {
            int status = (int)
                    library.descriptorSet.invokeExact(descriptor, Lt.BIAS_POINTER, bias.address(), bias.byteSize());
            Lt.check(status, "cublasLtMatmulDescSetAttribute of the bias");
        } catch (Throwable t) {
            throw Native.failed(t);
        }
    }

    /** The layout of column-major matrices that follow one another without gaps. */
    long matrix(long rows, long columns, boolean shared) throws Throwable {
        MemorySegment out = arena.allocate(LONG);
        Lt.check(
                (int) lt.layout.invokeExact(out.address(), product.type(), rows, columns, rows),
                "cublasLtMatrixLayoutCreate");
        long layout = out.get(LONG, 0);
        if (product.batches() > 1) {
            lay(layout, Lt.BATCH_COUNT, arena.allocateFrom(INT, product.batches()));
            lay(layout, Lt.BATCH_STRIDE, arena.allocateFrom(LONG, shared ? 0 : rows * columns));
        }
        return layout;
    }

    private void lay(long layout, int what, MemorySegment value) throws Throwable {
        int status = (int) lt.layoutSet.invokeExact(layout, what, value.address(), value.byteSize());
        Lt.check(status, "cublasLtMatrixLayoutSetAttribute " + what);
    }
}
