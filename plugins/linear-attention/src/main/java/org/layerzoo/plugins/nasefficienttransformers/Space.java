package org.layerzoo.plugins.nasefficienttransformers;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.layerzoo.plugins.nasefficienttransformers.Architecture.Unit;

/** All networks as genes, one number a choice: model width, decoder layers, then those of each layer. */
public record Space(NasConfig c) {
    /** How many options each gene has. */
    public int[] options() {
        List<Integer> n = new ArrayList<>(List.of(c.dims().size(), c.decoder().size()));
        for (int i = 0; i < c.encoder(); i++) {
            n.addAll(List.of(c.heads().size(), c.hidden().size(), 2));
        }
        for (int i = 0; i < c.decoder().getLast(); i++) {
            n.addAll(List.of(
                    c.heads().size(), c.hidden().size(), 2, 2, c.sources().size()));
        }
        return n.stream().mapToInt(i -> i).toArray();
    }

    public Architecture decode(int[] genes) {
        int at = 2;
        List<Unit> encoder = new ArrayList<>();
        for (int i = 0; i < c.encoder(); i++, at += 3) {
            encoder.add(
                    new Unit(c.heads().get(genes[at]), c.hidden().get(genes[at + 1]), genes[at + 2] == 1, false, 0));
        }
        List<Unit> decoder = new ArrayList<>();
        for (int i = 0; i < c.decoder().get(genes[1]); i++, at += 5) {
            decoder.add(new Unit(
                    c.heads().get(genes[at]),
                    c.hidden().get(genes[at + 1]),
                    genes[at + 2] == 1,
                    genes[at + 3] == 1,
                    c.sources().get(genes[at + 4])));
        }
        return new Architecture(c.dims().get(genes[0]), encoder, decoder);
    }

    /** The smallest (false) or largest network, with softmax or linear attention everywhere. */
    public int[] extreme(boolean large, boolean linear) {
        int[] n = options();
        int[] genes = Arrays.stream(n).map(k -> large ? k - 1 : 0).toArray();
        for (int i = 0; i < c.encoder(); i++) {
            genes[4 + 3 * i] = linear ? 1 : 0;
        }
        for (int i = 0; i < c.decoder().getLast(); i++) {
            int at = 2 + 3 * c.encoder() + 5 * i;
            genes[at + 2] = linear ? 1 : 0;
            genes[at + 3] = genes[at + 2];
        }
        return genes;
    }

    public int[] draw(SplittableRandom random) {
        return Arrays.stream(options()).map(random::nextInt).toArray();
    }

    /** One-hot features of the genes in use; those of decoder layers that aren't there are 0. */
    public double[] features(int[] genes) {
        int[] n = options();
        double[] x = new double[IntStream.of(n).sum()];
        int used = 2 + 3 * c.encoder() + 5 * c.decoder().get(genes[1]);
        for (int i = 0, at = 0; i < n.length; at += n[i++]) {
            x[at + genes[i]] = i < used ? 1 : 0;
        }
        return x;
    }

    /** Multiply-adds allowed: the share of the largest softmax network's at the longest sentence. */
    public long budget() {
        return (long) (c.search().budget()
                * decode(extreme(true, false)).cost(c.train().length()));
    }

    public long cost(int[] genes) {
        return decode(genes).cost(c.train().length());
    }
}
