package org.layerzoo.plugins.nasefficienttransformers;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.layerzoo.core.ZooException;
import org.layerzoo.plugins.nasefficienttransformers.Architecture.Unit;
import org.layerzoo.plugins.nasefficienttransformers.NasConfig.Form;

/** All networks as genes, one number a choice: model width, decoder layers, those of each layer, encoder layers. */
public record Space(NasConfig c) {
    /** @throws ZooException BAD_ARGUMENT when no network keeps to the budget */
    public Space(NasConfig c) {
        this.c = c;
        long least = Math.min(cost(extreme(false, false)), cost(extreme(false, true)));
        if (budget() < least) {
            throw ZooException.badArgument(
                    "nas-efficient-transformers: search.budget " + c.search().budget()
                            + " leaves " + budget() + " operations: at least the " + least
                            + " of the smallest network expected");
        }
    }

    private Form form() {
        return c.form();
    }

    /** Most encoder layers. */
    private int encoders() {
        return form().encoders().getLast();
    }

    /** The gene that says whether the self-attention of encoder layer i is linear. */
    public int type(int i) {
        return 4 + 3 * i;
    }

    /** How many options each gene has. */
    public int[] options() {
        List<Integer> n =
                new ArrayList<>(List.of(c.dims().size(), form().decoders().size()));
        for (int i = 0; i < encoders(); i++) {
            n.addAll(List.of(c.heads().size(), c.hidden().size(), 2));
        }
        for (int i = 0; i < form().decoders().getLast(); i++) {
            n.addAll(List.of(
                    c.heads().size(), c.hidden().size(), 2, 2, form().attended().size()));
        }
        n.add(form().encoders().size());
        return n.stream().mapToInt(i -> i).toArray();
    }

    public Architecture decode(int[] genes) {
        int dim = c.dims().get(genes[0]);
        List<Unit> encoder = new ArrayList<>();
        for (int i = 0; i < form().encoders().get(genes[genes.length - 1]); i++) {
            encoder.add(unit(genes, type(i) - 2, dim, false, 0));
        }
        List<Unit> decoder = new ArrayList<>();
        for (int i = 0; i < form().decoders().get(genes[1]); i++) {
            int at = 2 + 3 * encoders() + 5 * i;
            decoder.add(
                    unit(genes, at, dim, genes[at + 3] == 1, form().attended().get(genes[at + 4])));
        }
        return new Architecture(dim, encoder, decoder);
    }

    private Unit unit(int[] genes, int at, int dim, boolean crossLinear, int sources) {
        int hidden = form().hidden(c.hidden().get(genes[at + 1]), dim);
        return new Unit(c.heads().get(genes[at]), hidden, genes[at + 2] == 1, crossLinear, sources);
    }

    /** The smallest (false) or largest network, with softmax or linear attention everywhere. */
    public int[] extreme(boolean large, boolean linear) {
        int[] n = options();
        return typed(Arrays.stream(n).map(k -> large ? k - 1 : 0).toArray(), linear);
    }

    /** The same network with linear attention, or softmax, in all modules. */
    public int[] typed(int[] of, boolean linear) {
        int[] genes = of.clone();
        for (int i = 0; i < encoders(); i++) {
            genes[type(i)] = linear ? 1 : 0;
        }
        for (int i = 0; i < form().decoders().getLast(); i++) {
            int at = 2 + 3 * encoders() + 5 * i;
            genes[at + 2] = linear ? 1 : 0;
            genes[at + 3] = genes[at + 2];
        }
        return genes;
    }

    public int[] draw(SplittableRandom random) {
        return Arrays.stream(options()).map(random::nextInt).toArray();
    }

    /** One-hot features of the genes in use; those of layers that aren't there are 0. */
    public double[] features(int[] genes) {
        int[] n = options();
        double[] x = new double[IntStream.of(n).sum()];
        for (int i = 0, at = 0; i < n.length; at += n[i++]) {
            x[at + genes[i]] = used(genes, i) ? 1 : 0;
        }
        return x;
    }

    /** Whether gene i is one of a layer that is there. */
    boolean used(int[] genes, int i) {
        int decoder = 2 + 3 * encoders();
        if (i < 2 || i == genes.length - 1) {
            return true;
        }
        return i < decoder
                ? (i - 2) / 3 < form().encoders().get(genes[genes.length - 1])
                : (i - decoder) / 5 < form().decoders().get(genes[1]);
    }

    /** Multiply-adds allowed: the share of the largest softmax network's at the longest input. */
    public long budget() {
        return (long) (c.search().budget() * decode(extreme(true, false)).cost(form().tokens()));
    }

    public long cost(int[] genes) {
        return decode(genes).cost(form().tokens());
    }
}
