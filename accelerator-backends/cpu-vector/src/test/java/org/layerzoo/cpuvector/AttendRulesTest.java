package org.layerzoo.cpuvector;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.layerzoo.core.op.Fused;
import org.layerzoo.core.op.attend.Attention;
import org.layerzoo.core.op.attend.Section;
import org.layerzoo.core.tensor.Tensor;

/** Lists of tiles, given positions, packed samples with biases and factors on weights, forward and backward. */
class AttendRulesTest {
    private final AttendCheck check = new AttendCheck(37);
    private final SplittableRandom random = new SplittableRandom(41);

    private Attention attention(int tq, int tk) {
        return Fused.attend(check.random(2, 2, tq, 8)).keys(check.random(2, 1, tk, 8), check.random(2, 1, tk, 12));
    }

    private Tensor positions(int n, int... dims) {
        long[] v = new long[Arrays.stream(dims).reduce(1, (a, b) -> a * b)];
        Arrays.setAll(v, i -> random.nextInt(n));
        return Tensor.of(v, dims);
    }

    /** For each tile a few ranges, some empty, some overlapping, in no order. */
    private Attention tiled(Attention a, int tq, int tk, int queryTile, Section.Scope scope) {
        int groups = scope == Section.Scope.SHARED ? 1 : scope == Section.Scope.HEAD ? 2 : 4;
        int tiles = groups * ((tq + queryTile - 1) / queryTile);
        long[] bounds = new long[tiles + 1];
        List<Long> ranges = new ArrayList<>();
        for (int t = 0; t < tiles; t++) {
            for (int r = random.nextInt(4); r > 0; r--) {
                int from = random.nextInt(tk);
                ranges.add((long) from);
                ranges.add((long) Math.min(tk, from + random.nextInt(60)));
            }
            bounds[t + 1] = ranges.size() / 2;
        }
        ranges.addAll(List.of(0L, 0L));
        bounds[tiles] = ranges.size() / 2;
        long[] flat = ranges.stream().mapToLong(x -> x).toArray();
        return a.tiles(queryTile, scope, Tensor.of(bounds, tiles + 1), Tensor.of(flat, flat.length / 2, 2));
    }

    @ParameterizedTest
    @EnumSource(Section.Scope.class)
    void listsOfTilesShowTheirRangesAndNothingElse(Section.Scope scope) {
        for (int queryTile : new int[] {1, 16, 64, 100}) {
            check.both(tiled(attention(150, 330), 150, 330, queryTile, scope));
            check.both(tiled(attention(200, 200), 200, 200, queryTile, scope).causal());
        }
    }

    @Test
    void positionsRuleWindowsAndBiases() {
        Tensor rows = positions(300, 2, 140);
        Tensor keys = positions(300, 210);
        check.both(attention(140, 210).positions(rows, keys).causal());
        check.both(attention(140, 210).positions(rows, keys).window(90, 30));
        check.both(attention(140, 210)
                .positions(rows, keys)
                .alibi(check.random(2), Section.AlibiForm.DISTANCE)
                .offsets(check.random(2, 41), 20));
    }

    @Test
    void packedSamplesHaveBiasesByTheirOwnCoordinates() {
        Tensor rows = Tensor.of(new long[] {0, 3, 3, 70, 150}, 5);
        Tensor keys = Tensor.of(new long[] {0, 1, 7, 100, 210}, 5);
        for (Section.AlibiForm form : Section.AlibiForm.values()) {
            Attention a = Fused.attend(check.random(1, 2, 150, 8))
                    .keys(check.random(1, 2, 210, 8), check.random(1, 2, 210, 8))
                    .packed(rows, keys)
                    .causal();
            check.both(a.alibi(check.random(2), form).offsets(check.random(1, 9), 4));
        }
    }

    @Test
    void factorsMeetTheWeightsBehindTheirSum() {
        check.both(attention(150, 210).causal().toeplitz(check.random(2, 33), 16));
        check.both(attention(70, 130).multiply(check.random(2, 1, 70, 130)));
    }
}
