package org.layerzoo.benchmarks.libtorch;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.ndarray.types.SparseFormat;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.engine.PtSymbolBlock;
import ai.djl.pytorch.jni.IValue;
import ai.djl.pytorch.jni.IValueUtils;
import ai.djl.pytorch.jni.JniUtils;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.layerzoo.core.ZooException;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorSpec;

/** A program of LibTorch with its inputs; used by one thread. */
public final class Script implements AutoCloseable {
    private final PtNDManager manager;
    private final PtSymbolBlock block;
    private final NDList inputs = new NDList();
    private final IValue list;
    private final boolean gradients;

    Script(PtNDManager manager, PtSymbolBlock block, List<Tensor> given, int wrt) {
        this.manager = manager;
        this.block = block;
        this.gradients = wrt > 0;
        for (Tensor t : given) {
            PtNDArray a = copied(t);
            // The name by which the engine gathers arrays into one list.
            a.setName("x[]");
            a.setRequiresGradient(inputs.size() < wrt);
            inputs.add(a);
        }
        this.list = IValue.listFrom(inputs.stream().map(PtNDArray.class::cast).toArray(PtNDArray[]::new));
        if (gradients) {
            JniUtils.enableTrainingMode(block);
        }
    }

    private PtNDArray copied(Tensor t) {
        if (t.dtype() == DType.BF16) {
            // The binding makes none; every BF16 number is one of F32.
            try (PtNDArray wide = copied(t.cast(DType.F32))) {
                return converted(wide, "15");
            }
        }
        ByteBuffer bytes = t.segment().asByteBuffer().order(java.nio.ByteOrder.nativeOrder());
        Shape shape = new Shape(Arrays.stream(t.shape().dims())
                .mapToLong(Integer::toUnsignedLong)
                .toArray());
        // The buffer is used in place, hence the copy, which also gives LibTorch memory of its own alignment.
        try (PtNDArray view = JniUtils.createNdFromByteBuffer(
                manager, bytes, shape, type(t.dtype()), SparseFormat.DENSE, manager.getDevice())) {
            return (PtNDArray) view.duplicate();
        }
    }

    /** By a program, since the binding's own conversion ends the process. @param type LibTorch's number of it */
    private PtNDArray converted(PtNDArray a, String type) {
        try (PtSymbolBlock conversion = LibTorch.block(manager, "return [x[0].to(" + type + ")]");
                IValue given = IValue.listFrom(a);
                IValue out = IValueUtils.runMethod(conversion, "forward", given)) {
            return (PtNDArray) out.toTensorArray(manager)[0];
        }
    }

    private static DataType type(DType t) {
        return switch (t) {
            case F32 -> DataType.FLOAT32;
            case F64 -> DataType.FLOAT64;
            case F16 -> DataType.FLOAT16;
            case BF16 -> DataType.BFLOAT16;
            case I64 -> DataType.INT64;
            case I32 -> DataType.INT32;
            case BOOL -> DataType.BOOLEAN;
        };
    }

    /** Runs once and drops the results. */
    public void run() {
        if (gradients) {
            trained().close();
        } else {
            IValueUtils.runMethod(block, "forward", list).close();
        }
    }

    /** Runs once; the results as tensors of ours. */
    public List<Tensor> results() {
        try (NDList out = gradients ? trained() : evaluated()) {
            List<Tensor> results = new ArrayList<>();
            out.forEach(a -> results.add(tensor(a)));
            return results;
        }
    }

    private NDList evaluated() {
        try (IValue out = IValueUtils.runMethod(block, "forward", list)) {
            return new NDList(out.toTensorArray(manager));
        }
    }

    private NDList trained() {
        JniUtils.setGradMode(true);
        // TorchScript's own differentiation of a loop takes half a minute to compile and gains nothing: autograd is
        // asked instead.
        JniUtils.setGraphExecutorOptimize(false);
        try {
            return IValueUtils.forward(block, inputs, true);
        } finally {
            JniUtils.setGraphExecutorOptimize(true);
            JniUtils.setGradMode(false);
        }
    }

    private Tensor tensor(NDArray a) {
        // The only type of our programs that the binding has no name for.
        if (a.getDataType() == DataType.UNKNOWN) {
            try (NDArray wide = converted((PtNDArray) a, "6")) {
                return tensor(wide).cast(DType.BF16);
            }
        }
        DType type =
                switch (a.getDataType()) {
                    case FLOAT32 -> DType.F32;
                    case FLOAT64 -> DType.F64;
                    case FLOAT16 -> DType.F16;
                    case INT64 -> DType.I64;
                    case INT32 -> DType.I32;
                    case BOOLEAN -> DType.BOOL;
                    default -> throw ZooException.unsupported("a result of LibTorch's " + a.getDataType());
                };
        int[] dims = Arrays.stream(a.getShape().getShape())
                .mapToInt(Math::toIntExact)
                .toArray();
        Tensor t = Tensor.allocate(TensorSpec.of(type, dims));
        MemorySegment.copy(
                MemorySegment.ofBuffer(a.toByteBuffer()),
                0,
                t.segment(),
                0,
                t.spec().bytes());
        return t;
    }

    @Override
    public void close() {
        list.close();
        manager.close();
    }
}
