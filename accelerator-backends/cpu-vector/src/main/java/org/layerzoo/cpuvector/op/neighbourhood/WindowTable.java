package org.layerzoo.cpuvector.op.neighbourhood;

import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.layerzoo.core.op.neighbourhood.Axis;
import org.layerzoo.core.op.neighbourhood.Border;
import org.layerzoo.core.op.neighbourhood.Neighbourhood;

/** The windows of a call: for every query and place of its window: the key's index (-1 outside the grid) and the entry of the bias table. */
record WindowTable(int points, int size, int[] key, int[] offset) {
    /** Tables of the last calls: a layer asks for the same one at each step. */
    private static final Map<Key, WindowTable> KNOWN =
            Collections.synchronizedMap(new LinkedHashMap<>(16, 0.75f, true) {
                @Override
                protected boolean removeEldestEntry(Map.Entry<Key, WindowTable> eldest) {
                    return size() > 4;
                }
            });

    private record Key(List<Axis> axes, Border border, List<Integer> grid) {}

    static WindowTable of(Neighbourhood op, int[] grid) {
        Key key = new Key(op.axes(), op.border(), Arrays.stream(grid).boxed().toList());
        return KNOWN.computeIfAbsent(key, k -> make(op, grid));
    }

    private static WindowTable make(Neighbourhood op, int[] grid) {
        int points = 1;
        int size = 1;
        int[] key = {0};
        int[] offset = {0};
        for (int a = 0; a < grid.length; a++) {
            Axis axis = op.axes().get(a);
            int n = grid[a];
            int k = axis.kernel();
            int[] nextKey = new int[key.length * n * k];
            int[] nextOffset = new int[nextKey.length];
            for (int e = 0; e < nextKey.length; e++) {
                // element [point, i, place, t] extends element [point, place] by one axis
                int t = e % k;
                int place = e / k % size;
                int i = e / (k * size) % n;
                int before = e / (k * size * n) * size + place;
                int j = key(axis, op.border(), i, t, n);
                nextKey[e] = key[before] < 0 || j < 0 || j >= n ? -1 : key[before] * n + j;
                nextOffset[e] = offset[before] * (2 * k - 1) + Math.floorDiv(j - i, axis.dilation()) + k - 1;
            }
            points *= n;
            size *= k;
            key = nextKey;
            offset = nextOffset;
        }
        return new WindowTable(points, size, key, offset);
    }

    /** Place of key t of the query at i along one axis; windows that shift stay inside their residue class of the dilation. */
    private static int key(Axis axis, Border border, int i, int t, int n) {
        int d = axis.dilation();
        if (axis.causal()) {
            return i - (axis.kernel() - 1 - t) * d;
        }
        int start = i / d - axis.kernel() / 2;
        if (border == Border.SHIFT) {
            int members = (n - 1 - i % d) / d + 1;
            start = Math.clamp(start, 0, members - axis.kernel());
        }
        return (start + t) * d + i % d;
    }
}
