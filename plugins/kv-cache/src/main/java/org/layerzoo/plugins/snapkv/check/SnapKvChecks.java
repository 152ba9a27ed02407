package org.layerzoo.plugins.snapkv.check;

import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import org.layerzoo.core.layer.Call;
import org.layerzoo.core.op.Errors;
import org.layerzoo.core.op.Fused;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.spi.Check;
import org.layerzoo.core.spi.CheckContext;
import org.layerzoo.core.spi.KvModel;
import org.layerzoo.core.spi.KvSession;
import org.layerzoo.core.spi.Qkv;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.plugins.snapkv.SnapKvConfig;
import org.layerzoo.plugins.snapkv.SnapKvConfig.Grouping;
import org.layerzoo.plugins.snapkv.SnapKvConfig.Pooling;
import org.layerzoo.plugins.snapkv.SnapKvProvider;
import org.layerzoo.plugins.snapkv.SnapKvSelection;

/** The Checks of the SnapKV sheet. */
public final class SnapKvChecks {
    private static final int HEADS = 3;
    private static final int DIM = 8;
    private static final double SCALE = 1 / Math.sqrt(DIM);

    private SnapKvChecks() {}

    public static List<Check> all() {
        return List.of(
                new Check("check-1: room for the whole prompt is full attention", SnapKvChecks::roomForAll),
                new Check("check-2: capacity equal to the length keeps every position", SnapKvChecks::exactCapacity),
                new Check("check-3: the window is kept and the count is the capacity", SnapKvChecks::window),
                new Check("check-4: pool example", SnapKvChecks::poolExample),
                new Check("check-5: kernel 1 is plain top-k", SnapKvChecks::kernelOne),
                new Check("check-6: planted needle", SnapKvChecks::needle),
                new Check("check-7: heads keep different positions", SnapKvChecks::headsDiffer),
                new Check("check-8: decoding grows the cache by a token a step", SnapKvChecks::growth));
    }

    private static SnapKvConfig config(int window, int capacity, int kernel) {
        return new SnapKvConfig(window, capacity, kernel, Pooling.AVERAGE, Grouping.PER_QUERY_HEAD);
    }

    private static Qkv tokens(CheckContext c, String name, int n) {
        return new Qkv(
                c.normal(name + "q", 2, HEADS, n, DIM),
                c.normal(name + "k", 2, HEADS, n, DIM),
                c.normal(name + "v", 2, HEADS, n, DIM),
                c.normal(name + "x", 2, n, HEADS * DIM),
                Qkv.Rotation.NONE,
                SCALE);
    }

    private static KvSession open(SnapKvConfig config) {
        return new SnapKvProvider().open(config, new KvModel(1, HEADS, HEADS, DIM, 2, DType.F32), Optional.empty());
    }

    /** Output of the last token with a full cache. */
    private static Tensor full(List<Qkv> parts) {
        Tensor k = Ops.concat(2, parts.stream().map(Qkv::k).toList());
        Tensor v = Ops.concat(2, parts.stream().map(Qkv::v).toList());
        return Fused.attend(parts.getLast().q())
                .keys(k, v)
                .causal()
                .scale(SCALE)
                .o();
    }

    private static void roomForAll(CheckContext c) {
        Qkv prompt = tokens(c, "p", 21);
        Qkv next = tokens(c, "n", 1);
        KvSession s = open(config(4, 22, 3));
        c.same("prefill", s.attend(0, prompt, Call.eval()), full(List.of(prompt)));
        c.same("first step", s.attend(0, next, Call.eval()), full(List.of(prompt, next)));
    }

    private static void exactCapacity(CheckContext c) {
        Qkv prompt = tokens(c, "p", 21);
        Qkv next = tokens(c, "n", 1);
        SnapKvSelection kept = SnapKvSelection.of(config(4, 21, 1), prompt.q(), prompt.k(), prompt.v(), SCALE);
        for (int n = 0; n < 2 * HEADS; n++) {
            long[] row = kept.kept().select(0, n / HEADS).select(0, n % HEADS).toLongs();
            c.isTrue(
                    "all positions before the window",
                    Arrays.equals(row, IntStream.range(0, 17).asLongStream().toArray()));
        }
        KvSession s = open(config(4, 21, 1));
        s.attend(0, prompt, Call.eval());
        c.close("first step", s.attend(0, next, Call.eval()), full(List.of(prompt, next)), 1e-5);
    }

    private static void window(CheckContext c) {
        for (int length : new int[] {16, 17, 40, 63}) {
            Qkv p = tokens(c, "w" + length, length);
            SnapKvSelection kept = SnapKvSelection.of(config(5, 16, 3), p.q(), p.k(), p.v(), SCALE);
            c.equal("entries a head", kept.k().dim(2), 16);
            c.same("keys of the window", kept.k().slice(2, 11, 16), p.k().slice(2, length - 5, length));
            c.same("values of the window", kept.v().slice(2, 11, 16), p.v().slice(2, length - 5, length));
        }
    }

    private static void poolExample(CheckContext c) {
        Tensor votes = Tensor.of(new double[] {0.1, 0.5, 0.1, 0, 0.2, 0.1}, 1, 1, 6);
        Tensor pooled = SnapKvSelection.pooled(config(1, 3, 3), votes);
        c.close("pooled", pooled, Tensor.of(new double[] {0.2, 0.7 / 3, 0.2, 0.1, 0.1, 0.1}, 1, 1, 6), 1e-6);
        // Exact ties, which rounding of the example would hide: the lower index wins.
        Tensor tie = Tensor.of(new double[] {0.25, 0.5, 0.25, 0, 0, 0}, 6);
        c.isTrue(
                "picks",
                Arrays.equals(
                        Ops.topK(tie, 2, 0, org.layerzoo.core.op.Primitive.TopKOrder.BY_VALUE)
                                .get(1)
                                .toLongs(),
                        new long[] {1, 0}));
    }

    private static void kernelOne(CheckContext c) {
        Qkv p = tokens(c, "k", 50);
        SnapKvSelection kept = SnapKvSelection.of(config(6, 20, 1), p.q(), p.k(), p.v(), SCALE);
        for (int b = 0; b < 2; b++) {
            for (int h = 0; h < HEADS; h++) {
                double[] votes = votes(p, b, h, 6);
                Integer[] order = IntStream.range(0, votes.length).boxed().toArray(Integer[]::new);
                Arrays.sort(order, (x, y) -> Double.compare(votes[y], votes[x]));
                Set<Long> expected = new HashSet<>();
                for (int i = 0; i < 14; i++) {
                    expected.add((long) order[i]);
                }
                Set<Long> given = new HashSet<>();
                Arrays.stream(kept.kept().select(0, b).select(0, h).toLongs()).forEach(given::add);
                c.equal("kept by head " + h + " of row " + b, given, expected);
            }
        }
    }

    /** Sum over the last w rows of the causal softmax, by loops. */
    private static double[] votes(Qkv p, int b, int h, int w) {
        int length = p.k().dim(2);
        double[] out = new double[length - w];
        for (int i = length - w; i < length; i++) {
            double[] e = new double[i + 1];
            double sum = 0;
            for (int j = 0; j <= i; j++) {
                double s = 0;
                for (int x = 0; x < DIM; x++) {
                    s += p.q().get(b, h, i, x) * p.k().get(b, h, j, x);
                }
                e[j] = Math.exp(s * SCALE);
                sum += e[j];
            }
            for (int j = 0; j < out.length; j++) {
                out[j] += e[j] / sum;
            }
        }
        return out;
    }

    private static void needle(CheckContext c) {
        for (int kernel : new int[] {1, 5, 7}) {
            Qkv p = tokens(c, "n" + kernel, 60);
            int at = 23;
            Tensor direction = p.q().slice(2, 54, 60).meanKeep(2).mul(5 * Math.sqrt(DIM));
            Tensor k = Ops.concat(2, p.k().slice(2, 0, at), direction, p.k().slice(2, at + 1, 60));
            SnapKvSelection kept = SnapKvSelection.of(config(6, 22, kernel), p.q(), k, p.v(), SCALE);
            for (int n = 0; n < 2 * HEADS; n++) {
                long[] row =
                        kept.kept().select(0, n / HEADS).select(0, n % HEADS).toLongs();
                c.isTrue("needle kept with kernel " + kernel, Arrays.stream(row).anyMatch(j -> j == at));
            }
        }
    }

    private static void headsDiffer(CheckContext c) {
        Qkv p = tokens(c, "h", 64);
        Tensor kept =
                SnapKvSelection.of(config(4, 16, 3), p.q(), p.k(), p.v(), SCALE).kept();
        c.isTrue("two heads keep different positions", !Errors.sameBits(kept.select(1, 0), kept.select(1, 1)));
    }

    private static void growth(CheckContext c) {
        KvSession s = open(config(4, 16, 3));
        s.attend(0, tokens(c, "g", 40), Call.eval());
        Tensor before = s.state(0).growing("k").get();
        c.equal("entries after the prompt", before.dim(2), 16);
        for (int t = 1; t <= 7; t++) {
            s.attend(0, tokens(c, "g" + t, 1), Call.eval());
            c.equal(
                    "entries after " + t + " tokens",
                    s.state(0).growing("k").get().dim(2),
                    16 + t);
        }
        c.same("no second selection", s.state(0).growing("k").get().slice(2, 0, 16), before);
        c.equal("position", s.state(0).position(), 47);
    }
}
