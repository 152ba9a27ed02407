package org.layerzoo.plugins.ecoformer.check;

import java.util.List;
import java.util.stream.IntStream;
import org.layerzoo.core.exec.Counting;
import org.layerzoo.core.exec.Exec;
import org.layerzoo.core.exec.Tape;
import org.layerzoo.core.layer.Call;
import org.layerzoo.core.layer.Updates;
import org.layerzoo.core.op.Errors;
import org.layerzoo.core.op.Fused;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.op.norm.Root;
import org.layerzoo.core.spi.Check;
import org.layerzoo.core.spi.CheckContext;
import org.layerzoo.core.spi.Model;
import org.layerzoo.core.spi.Models;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.Tensors;
import org.layerzoo.nn.linear.Forms;
import org.layerzoo.plugins.ecoformer.CodeAttention;
import org.layerzoo.plugins.ecoformer.EcoFormerConfig;
import org.layerzoo.plugins.ecoformer.EcoFormerConfig.Codes;
import org.layerzoo.plugins.ecoformer.EcoFormerConfig.Fit;
import org.layerzoo.plugins.ecoformer.EcoFormerProvider;
import org.layerzoo.plugins.ecoformer.HashFit;
import org.layerzoo.plugins.ecoformer.KernelHash;
import org.layerzoo.plugins.ecoformer.SignSums;

/** The Checks of the EcoFormer sheet. */
public final class EcoFormerChecks {
    private static final int BITS = 8;

    private EcoFormerChecks() {}

    public static List<Check> all() {
        return List.of(
                new Check("check-1: rows sum to 1, kernel in [1, 2b + 1]", EcoFormerChecks::rows),
                new Check("check-2: worked example with b = 4", EcoFormerChecks::worked),
                new Check("check-3: linear form equals the explicit kernel", EcoFormerChecks::explicit),
                new Check("check-4: H H^T = b - 2 Hamming", EcoFormerChecks::hamming),
                new Check("check-5: losses fall while the hash is learned", EcoFormerChecks::learning),
                new Check("check-6: learned codes tell clusters apart", EcoFormerChecks::clusters),
                new Check("check-7: straight-through gradient", EcoFormerChecks::gradient),
                new Check(
                        "kernel notes: codes are packed, and values added and subtracted only",
                        EcoFormerChecks::packed));
    }

    private static Tensor unit(Tensor t) {
        return Fused.l2Norm(t, -1, 1e-12, Root.MAX);
    }

    /** Tokens [2, 2, n, 16] of length 1. */
    static Tensor tokens(CheckContext c, int n) {
        return unit(c.normal64("u", 2, 2, n, 16));
    }

    /** An unlearned hash with anchors among the tokens. */
    static KernelHash random(CheckContext c, Tensor u) {
        Tensor anchors = Ops.indexSelect(u.slice(0, 0, 1), 2, c.draws().subset("anchors", 12, u.dim(2)));
        Tensor mean = KernelHash.kernel(u, anchors).meanKeep(2).meanKeep(0);
        return new KernelHash(c.normal64("A", 2, BITS, 12), mean, anchors);
    }

    private static Tensor codes(CheckContext c, int n) {
        Tensor u = tokens(c, n);
        return random(c, u).codes(u);
    }

    private static void rows(CheckContext c) {
        Tensor k = CodeAttention.similarity(codes(c, 64));
        c.isTrue("from 1", k.min().item() >= 1);
        c.isTrue("to 2b + 1", k.max().item() <= 2 * BITS + 1);
        c.isTrue("denominators of N or more", k.sum(3).min().item() >= 64);
        Tensor one = Tensor.ones(DType.F64, 2, 2, 64, 3);
        c.close("values 1 give 1", CodeAttention.read(codes(c, 64), one, false, Codes.PACKED), one, 1e-12);
    }

    private static void worked(CheckContext c) {
        Tensor h = Tensor.of(new double[] {1, 1, -1, 1, 1, 1, -1, -1, -1, 1, 1, -1}, 1, 1, 3, 4);
        Tensor k = Tensor.of(new double[] {9, 7, 3, 7, 9, 5, 3, 5, 9}, 1, 1, 3, 3);
        c.close("kernel", CodeAttention.similarity(h), k, 0);
        Tensor v = Tensor.of(new double[] {1, 2, 3}, 1, 1, 3, 1);
        Tensor o = Tensor.of(new double[] {1.684211, 1.904762, 2.352941}, 1, 1, 3, 1);
        c.close("o", CodeAttention.read(h, v, false, Codes.PACKED), o, 1e-6);
    }

    private static void explicit(CheckContext c) {
        Tensor h = codes(c, 41);
        Tensor v = c.normal64("v", 2, 2, 41, 5);
        Tensor k = CodeAttention.similarity(h);
        c.close(
                "summed",
                CodeAttention.read(h, v, false, Codes.PACKED),
                k.matmul(v).div(k.sumKeep(3)),
                1e-12);
        Tensor released = h.matmulT(h).matmul(v).add(v.mul(BITS + 1)).div(k.sumKeep(3));
        c.close("own value as released", CodeAttention.read(h, v, true, Codes.PACKED), released, 1e-12);
        Tensor narrow = CodeAttention.read(h.cast(DType.F32), v.cast(DType.F32), false, Codes.PACKED);
        c.close(
                "codes as numbers",
                CodeAttention.read(h, v, false, Codes.NUMBERS),
                k.matmul(v).div(k.sumKeep(3)),
                1e-12);
        c.close(
                "in float32",
                narrow,
                CodeAttention.read(h, v, false, Codes.PACKED).cast(DType.F32),
                1e-5);
    }

    /** Codes packed into words, compared by exclusive or and a count of bits. */
    private static void hamming(CheckContext c) {
        Tensor h = codes(c, 20).slice(0, 0, 1).slice(1, 0, 1).reshape(20, BITS);
        double[] bits = h.toDoubles();
        long[] words = IntStream.range(0, 20)
                .mapToLong(i -> IntStream.range(0, BITS)
                        .filter(b -> bits[i * BITS + b] > 0)
                        .mapToLong(b -> 1L << b)
                        .sum())
                .toArray();
        double[] expected = new double[400];
        for (int i = 0; i < 400; i++) {
            expected[i] = BITS - 2 * Long.bitCount(words[i / 20] ^ words[i % 20]);
        }
        c.close("H H^T", h.matmulT(h), Tensor.of(expected, 20, 20), 0);
    }

    /** Codes of 1 to 11 bits, so that the last word has every width, against products of +-1. */
    private static void packed(CheckContext c) {
        for (int bits = 1; bits <= 11; bits++) {
            Tensor h = KernelHash.binary(c.normal64("y" + bits, 2, 3, 37, bits));
            Tensor v = c.normal64("v" + bits, 2, 3, 37, 5);
            SignSums packed = SignSums.of(h);
            c.close("H^T v, " + bits + " bits", packed.sums(v), h.tMatmul(v), 1e-12);
            Tensor s = c.normal64("s" + bits, 2, 3, bits, 5);
            c.close("H s, " + bits + " bits", packed.reads(s), h.matmul(s), 1e-12);
            Tensor cot = c.normal64("cot" + bits, 2, 3, 37, 5);
            List<Tensor> at = List.of(h, v);
            List<Tensor> dense = Forms.gradients(
                    at, cot, x -> List.of(x.get(0).matmul(x.get(0).tMatmul(x.get(1)))));
            List<Tensor> slopes = Forms.gradients(at, cot, x -> List.of(SignSums.twice(x.get(0), x.get(1))));
            c.close("gradient to the codes, " + bits + " bits", slopes.get(0), dense.get(0), 1e-12);
            c.close("gradient to the values, " + bits + " bits", slopes.get(1), dense.get(1), 1e-12);
        }
        Tensor h = codes(c, 64);
        Tensor v = c.normal64("v", 2, 2, 64, 16);
        Counting count = new Counting(Exec.current());
        Exec.run(count, () -> {
            SignSums packed = SignSums.of(h);
            packed.reads(packed.sums(v));
        });
        List<String> products = count.calls().keySet().stream()
                .filter(op -> op.matches("mul|div|.*matmul.*|linear|.*conv.*"))
                .toList();
        c.equal("products among " + count.calls().keySet(), products, List.of());
    }

    static HashFit.Fitted learn(CheckContext c, Tensor u, int top, double rate) {
        KernelHash start = random(c, u);
        return new HashFit(100, rate, 0.9).fit(start.a(), u, start.anchors(), HashFit.targets(u, top));
    }

    private static void learning(CheckContext c) {
        Tensor u = tokens(c, 64);
        HashFit.Fitted f = learn(c, u, 16, 5e-4);
        double before = Errors.norm(HashFit.targets(u, 16)) * BITS;
        int smaller = 0;
        for (int bit = 0; bit < BITS; bit++) {
            double first = f.relaxed().get(bit).getFirst().item();
            double last = f.relaxed().get(bit).getLast().item();
            c.isTrue("relaxed loss of bit " + bit + " from " + first + " to " + last, last < first);
            double old = f.hard().get(2 * bit).item();
            double kept = f.hard().get(2 * bit + 1).item();
            c.isTrue("hard loss of bit " + bit + " from " + old + " to " + kept, kept <= old);
            double now = f.residual().get(bit).item();
            smaller += now < before ? 1 : 0;
            before = now;
        }
        c.isTrue(smaller + " of " + BITS + " bits lower the residual", 2 * smaller >= BITS);
        refits(c);
    }

    /** A training step whose turn it is proposes the fitted hash, others leave it. */
    private static void refits(CheckContext c) {
        Model m = model(c, new Fit(2, 5, 5e-4, 4));
        Tensors x = Tensors.of("x", c.normal64("x", 1, 16, 16));
        Tensor before = m.params().values().get("fast_attention.ksh.A");
        for (int step : new int[] {1, 2}) {
            Updates u = Updates.collecting();
            m.forward(x, Call.train(step, c.draws()).with(u));
            u.commit();
            double moved = Errors.maxAbs(m.params().values().get("fast_attention.ksh.A"), before);
            c.equal("hash after step " + step + " is a new one", moved > 0, step == 2);
        }
    }

    private static Model model(CheckContext c, Fit fit) {
        return Models.build(
                "",
                new EcoFormerProvider(),
                new EcoFormerConfig(16, 2, BITS, 12, true, false, Codes.PACKED, fit),
                Models.Options.of(c.draws().seed()).with(DType.F64));
    }

    private static void clusters(CheckContext c) {
        // 32 tokens about each of two opposite directions, with noise of which a random code keeps three bits in ten.
        Tensor centre = c.normal64("centre", 1, 2, 1, 16).mul(0.6);
        Tensor u = unit(Ops.concat(
                2, centre.add(c.normal64("near", 1, 2, 32, 16)), centre.neg().add(c.normal64("far", 1, 2, 32, 16))));
        double[] learned = agreement(learn(c, u, 31, 5e-3).hash().codes(u));
        double[] drawn = agreement(random(c, u).codes(u));
        c.isTrue("learned codes agree in " + learned[0] + " within a cluster", learned[0] > 0.8);
        c.isTrue("and differ in " + learned[1] + " across", learned[1] > 0.8);
        c.isTrue("random codes differ in " + drawn[1] + " across", drawn[1] <= 0.8);
    }

    /** Share of equal bits within clusters of 32, and of unequal bits between them. */
    private static double[] agreement(Tensor codes) {
        Tensor equal = codes.matmulT(codes).div(BITS).add(1).mul(0.5);
        double within = equal.slice(2, 0, 32).slice(3, 0, 32).mean().item()
                + equal.slice(2, 32, 64).slice(3, 32, 64).mean().item();
        return new double[] {
            within / 2, 1 - equal.slice(2, 0, 32).slice(3, 32, 64).mean().item()
        };
    }

    private static void gradient(CheckContext c) {
        Tensor y = c.normal64("y", 4, 50).mul(1.5);
        Tensor cot = c.normal64("cot", 4, 50);
        Tape tape = new Tape().watch(y);
        Tensor h = tape.record(() -> KernelHash.binary(y));
        Tensor g = tape.gradient(List.of(h), List.of(cot), List.of(y)).getFirst();
        c.close("passes where |y| < 1", g, Ops.where(Ops.abs(y).lt(1), cot, Ops.zerosLike(cot)), 0);
        Tensor u = tokens(c, 20);
        KernelHash hash = random(c, u);
        List<Tensor> at = List.of(u, hash.a(), hash.mean(), hash.anchors());
        Tape main = new Tape().watch(at);
        Tensor o = main.record(() -> CodeAttention.read(hash.codes(u), u, false, Codes.PACKED));
        List<Tensor> slopes = main.gradient(o, at);
        c.isTrue("tokens learn", Errors.norm(slopes.getFirst()) > 1e-6);
        for (int i = 1; i < 4; i++) {
            c.equal("gradient to part " + i + " of the hash", Errors.norm(slopes.get(i)), 0.0);
        }
    }
}
