package org.layerzoo.nn.ssm;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.layerzoo.core.layer.Draws;
import org.layerzoo.core.layer.Init;
import org.layerzoo.core.layer.Param;
import org.layerzoo.core.layer.Params;
import org.layerzoo.core.op.Complex;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.op.Wide;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Shape;
import org.layerzoo.core.tensor.Tensor;

/** Parameters of a bank of diagonal systems (S4D, Gu et al. 2022) under the names of s4d.py or s4.py, and the bank at their present values. */
public final class DiagonalKernels {
    /** Initial values of A_n (section 4). */
    public enum Start {
        /** -1/2 + i pi n. */
        LIN,
        /** -1/2 + i (N/pi) (N/(2n+1) - 1). */
        INV,
        /** Eigenvalues of the normal part of HiPPO-LegS. */
        LEGS,
        /** -(n + 1). */
        REAL
    }

    /** From continuous to discrete time. */
    public enum Rule {
        ZOH,
        BILINEAR
    }

    /** -Re A of its parameter. */
    public enum RealPart {
        EXP,
        /** relu(x) + 1e-4. */
        RELU,
        NONE
    }

    /**
     * Sizes and options.
     *
     * @param pairs states of a channel, each standing for a conjugate pair
     * @param directions 1, or 2 where a second kernel looks ahead
     * @param sets sets of A and a trainable B, channel h using set h mod sets, under the names of s4.py; 0 for A of each channel and B = 1,
     *     under those of s4d.py
     * @param kernels of each channel
     */
    public record Options(
            int dim, int pairs, Start start, Rule rule, RealPart real, int directions, int sets, int kernels) {}

    private static final Param.Attr[] SLOW = {new Param.Attr.NoDecay(), new Param.Attr.LrMax(1e-3)};

    private final Options o;
    private final Param dt;
    private final Param re;
    private final Param im;
    private final Optional<Param> in;
    private final Param out;
    private final Supplier<Tensor> skip;

    /** @param skip D [kernels H] */
    public DiagonalKernels(Params k, Options o, Supplier<Tensor> skip) {
        this.o = o;
        this.skip = skip;
        int n = o.pairs();
        boolean shared = o.sets() > 0;
        Shape systems = Shape.of(shared ? o.sets() : o.dim(), n);
        dt = shared
                ? k.weight("inv_dt", Shape.of(o.dim(), 1), SsmInit.logStep(1e-3, 1e-1), SLOW)
                : k.weight("log_dt", Shape.of(o.dim()), SsmInit.logStep(1e-3, 1e-1), SLOW);
        re = k.weight(shared ? "A_real" : "log_A_real", systems, realStart(), SLOW);
        im = k.weight("A_imag", systems, imaginaryStart(o.start()), SLOW);
        in = shared
                ? Optional.of(k.weight("B", Shape.of(1, o.sets(), n, 2), DiagonalKernels::ones, SLOW))
                : Optional.empty();
        int all = o.kernels() * o.directions();
        Shape outs = shared || all > 1 ? Shape.of(all, o.dim(), n, 2) : Shape.of(o.dim(), n, 2);
        out = k.weight("C", outs, Init.normal(Math.sqrt(0.5)));
    }

    /** 1 + 0i. */
    private static Tensor ones(String path, Shape shape, DType type, Draws draws) {
        Shape parts = shape.without(-1);
        return Complex.of(Tensor.ones(type, parts.dims()), Tensor.zeros(type, parts.dims()));
    }

    /** What makes -Re A one half, or n + 1. */
    private Init realStart() {
        return (path, shape, dtype, draws) -> {
            Tensor size = o.start() == Start.REAL
                    ? Ops.iota(DType.F64, shape.dim(1)).add(1)
                    : Tensor.full(DType.F64, 0.5, shape.dim(1));
            Tensor raw =
                    switch (o.real()) {
                        case EXP -> Ops.log(size);
                        case RELU -> size.sub(1e-4);
                        case NONE -> size;
                    };
            return raw.expand(shape.dims()).cast(dtype);
        };
    }

    private static Init imaginaryStart(Start s) {
        return switch (s) {
            case LIN -> SsmInit.linear();
            case INV -> SsmInit.inverse();
            case LEGS -> SsmInit.legendre();
            case REAL -> Init.zeros();
        };
    }

    /** A: s4.py keeps the other one of a pair, -i A_imag. */
    private Tensor lambda() {
        Tensor x = Wide.up(re.value());
        Tensor size =
                switch (o.real()) {
                    case EXP -> Ops.exp(x);
                    case RELU -> Ops.relu(x).add(1e-4);
                    case NONE -> x;
                };
        Tensor turn = Wide.up(im.value());
        return Complex.of(size.neg(), o.sets() > 0 ? turn.neg() : turn);
    }

    /** One bank over all channels and kernels of each, [kernels H]; with two directions the second looks ahead. */
    public List<DiagonalBank> banks() {
        int width = o.kernels() * o.dim();
        Tensor lambda = channels(lambda());
        Tensor step = Ops.exp(Wide.up(dt.value()))
                .reshape(1, o.dim())
                .expand(o.kernels(), o.dim())
                .reshape(width);
        Tensor all = out.value().reshape(-1, width, o.pairs(), 2);
        List<DiagonalBank> banks = new ArrayList<>();
        for (int i = 0; i < all.dim(0); i++) {
            Tensor c = all.select(0, i);
            DiagonalBank b = o.rule() == Rule.ZOH
                    ? DiagonalBank.zeroOrderHold(lambda, step, c, skip.get())
                    : DiagonalBank.bilinear(lambda, step, c, skip.get());
            banks.add(in.map(w -> b.input(channels(w.value().select(0, 0)))).orElse(b));
        }
        return banks;
    }

    /** [systems, n, 2] -> [kernels H, n, 2]: channel h of a kernel takes set h mod sets. */
    private Tensor channels(Tensor sets) {
        int s = sets.dim(0);
        int rounds = o.kernels() * o.dim() / s;
        return sets.unsqueeze(0).expand(rounds, s, o.pairs(), 2).reshape(rounds * s, o.pairs(), 2);
    }
}
