package org.layerzoo.core.op;

import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Shape;
import org.layerzoo.core.tensor.Tensor;

/** Infix arithmetic and shape functions of a tensor, so that formulas read from left to right. Broadcast is right-aligned; dtypes must be equal. */
public interface TensorMath {
    private Tensor self() {
        return (Tensor) this;
    }

    default Tensor add(Tensor y) {
        return Ops.binary(Primitive.BinaryFn.ADD, self(), y);
    }

    default Tensor sub(Tensor y) {
        return Ops.binary(Primitive.BinaryFn.SUB, self(), y);
    }

    default Tensor mul(Tensor y) {
        return Ops.binary(Primitive.BinaryFn.MUL, self(), y);
    }

    default Tensor div(Tensor y) {
        return Ops.binary(Primitive.BinaryFn.DIV, self(), y);
    }

    default Tensor pow(Tensor y) {
        return Ops.binary(Primitive.BinaryFn.POW, self(), y);
    }

    default Tensor add(double y) {
        return add(Tensor.scalar(self().dtype(), y));
    }

    default Tensor sub(double y) {
        return sub(Tensor.scalar(self().dtype(), y));
    }

    default Tensor mul(double y) {
        return mul(Tensor.scalar(self().dtype(), y));
    }

    default Tensor div(double y) {
        return div(Tensor.scalar(self().dtype(), y));
    }

    /** x^a for a constant exponent. */
    default Tensor pow(double a) {
        return Ops.one(new Primitive.Parametric(Primitive.ParametricFn.POWER, a, 0), self());
    }

    default Tensor neg() {
        return Ops.unary(Primitive.UnaryFn.NEG, self());
    }

    default Tensor eq(Tensor y) {
        return Ops.binary(Primitive.BinaryFn.EQ, self(), y);
    }

    default Tensor ne(Tensor y) {
        return Ops.binary(Primitive.BinaryFn.NE, self(), y);
    }

    default Tensor lt(Tensor y) {
        return Ops.binary(Primitive.BinaryFn.LT, self(), y);
    }

    default Tensor le(Tensor y) {
        return Ops.binary(Primitive.BinaryFn.LE, self(), y);
    }

    default Tensor gt(Tensor y) {
        return Ops.binary(Primitive.BinaryFn.GT, self(), y);
    }

    default Tensor ge(Tensor y) {
        return Ops.binary(Primitive.BinaryFn.GE, self(), y);
    }

    default Tensor eq(double y) {
        return eq(Tensor.scalar(self().dtype(), y));
    }

    default Tensor lt(double y) {
        return lt(Tensor.scalar(self().dtype(), y));
    }

    default Tensor le(double y) {
        return le(Tensor.scalar(self().dtype(), y));
    }

    default Tensor gt(double y) {
        return gt(Tensor.scalar(self().dtype(), y));
    }

    default Tensor ge(double y) {
        return ge(Tensor.scalar(self().dtype(), y));
    }

    default Tensor and(Tensor y) {
        return Ops.binary(Primitive.BinaryFn.AND, self(), y);
    }

    default Tensor or(Tensor y) {
        return Ops.binary(Primitive.BinaryFn.OR, self(), y);
    }

    default Tensor not() {
        return Ops.unary(Primitive.UnaryFn.NOT, self());
    }

    /** [.., M, K] x [.., K, N] -> [.., M, N], batch axes broadcast. */
    default Tensor matmul(Tensor b) {
        return Ops.matmul(self(), b);
    }

    /** [.., M, K] x [.., N, K] -> [.., M, N]: self b^T without a copy. */
    default Tensor matmulT(Tensor b) {
        return Ops.one(new Primitive.MatMul(false, true), self(), b);
    }

    /** [.., K, M] x [.., K, N] -> [.., M, N]: self^T b without a copy. */
    default Tensor tMatmul(Tensor b) {
        return Ops.one(new Primitive.MatMul(true, false), self(), b);
    }

    default Tensor cast(DType to) {
        return self().dtype() == to ? self() : Ops.one(new Primitive.Cast(to), self());
    }

    /** One size may be -1: it is worked out from the rest. */
    default Tensor reshape(int... dims) {
        return Ops.reshape(self(), dims);
    }

    default Tensor reshape(Shape s) {
        return Ops.reshape(self(), s.dims());
    }

    /** Axis i of the result is axis order[i]. */
    default Tensor permute(int... order) {
        return Ops.permute(self(), order);
    }

    /** Swaps two axes. */
    default Tensor transpose(int a, int b) {
        return Ops.transpose(self(), a, b);
    }

    default Tensor unsqueeze(int axis) {
        return reshape(self().shape().insert(axis, 1));
    }

    default Tensor squeeze(int axis) {
        return reshape(self().shape().without(axis));
    }

    /** Broadcast copy. */
    default Tensor expand(int... dims) {
        return Ops.expand(self(), dims);
    }

    /** Elements from (inclusive) to (exclusive) of an axis; negative ends count from the end. */
    default Tensor slice(int axis, int from, int to) {
        return Ops.slice(self(), axis, from, to, 1);
    }

    default Tensor slice(int axis, int from, int to, int step) {
        return Ops.slice(self(), axis, from, to, step);
    }

    /** Element i of an axis, which disappears. */
    default Tensor select(int axis, int i) {
        int n = i < 0 ? i + self().dim(axis) : i;
        return slice(axis, n, n + 1).squeeze(axis);
    }

    default Tensor sum(int... axes) {
        return Ops.reduce(Primitive.ReduceKind.SUM, self(), false, axes);
    }

    default Tensor mean(int... axes) {
        return Ops.reduce(Primitive.ReduceKind.MEAN, self(), false, axes);
    }

    default Tensor max(int... axes) {
        return Ops.reduce(Primitive.ReduceKind.MAX, self(), false, axes);
    }

    default Tensor min(int... axes) {
        return Ops.reduce(Primitive.ReduceKind.MIN, self(), false, axes);
    }

    default Tensor sumKeep(int... axes) {
        return Ops.reduce(Primitive.ReduceKind.SUM, self(), true, axes);
    }

    default Tensor meanKeep(int... axes) {
        return Ops.reduce(Primitive.ReduceKind.MEAN, self(), true, axes);
    }

    default Tensor maxKeep(int... axes) {
        return Ops.reduce(Primitive.ReduceKind.MAX, self(), true, axes);
    }
}
