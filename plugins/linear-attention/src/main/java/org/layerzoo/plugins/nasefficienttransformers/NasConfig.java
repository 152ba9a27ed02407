package org.layerzoo.plugins.nasefficienttransformers;

import java.util.List;
import org.layerzoo.core.config.Doc;
import org.layerzoo.core.config.Range;

/** The space of networks, how the supernet is trained and how it is searched. Choices are listed from small to large. */
public record NasConfig(
        @Doc("what the networks are for") Form form,
        @Doc("model widths D") List<Integer> dims,
        @Doc("heads of a layer") List<Integer> heads,

        @Doc("hidden widths of a layer's feed-forward; for images as multiples of D")
        List<Integer> hidden,

        @Doc("the training") Train train,
        @Doc("ranking and evolution") Search search) {
    /** A task's kind of network, with what there is to choose in it alone. */
    public sealed interface Form {
        /** Numbers of encoder layers. */
        List<Integer> encoders();

        /** Numbers of decoder layers. */
        List<Integer> decoders();

        /** Numbers e of last encoder layers that a decoder layer attends to. */
        List<Integer> attended();

        /** The longest input. */
        int tokens();

        /** Width of a feed-forward by what was chosen. */
        int hidden(int choice, int dim);

        /** An encoder-decoder. */
        record Translation(
                @Doc("encoder layers") @Range(min = 1) int encoder,
                @Doc("numbers of decoder layers") List<Integer> decoder,

                @Doc("numbers e of last encoder layers that a decoder layer attends to")
                List<Integer> sources,

                @Doc("tokens, of which 3 are reserved") @Range(min = 4)
                int vocab,

                @Doc("longest sentence") @Range(min = 8) int length)
                implements Form {
            public Translation {
                if (!chosen(decoder) || !chosen(sources) || sources.getLast() > encoder) {
                    throw new IllegalArgumentException("decoder layers and at most " + encoder
                            + " sources, from small to large, expected, given " + decoder + " and " + sources);
                }
            }

            @Override
            public List<Integer> encoders() {
                return List.of(encoder);
            }

            @Override
            public List<Integer> decoders() {
                return decoder;
            }

            @Override
            public List<Integer> attended() {
                return sources;
            }

            @Override
            public int tokens() {
                return length;
            }

            @Override
            public int hidden(int choice, int dim) {
                return choice;
            }
        }

        /** A vision transformer with a class for each grey image. */
        record Images(
                @Doc("numbers of layers") List<Integer> depth,

                @Doc("pixels along each side") @Range(min = 8)
                int side,

                @Doc("pixels of a patch along each side") @Range(min = 1)
                int patch,

                @Doc("classes") @Range(min = 2) int classes)
                implements Form {
            public Images {
                if (!chosen(depth) || side % patch != 0) {
                    throw new IllegalArgumentException("layers from small to large and patches that tile the image"
                            + " expected, given " + depth + " and " + side + " pixels in patches of " + patch);
                }
            }

            @Override
            public List<Integer> encoders() {
                return depth;
            }

            @Override
            public List<Integer> decoders() {
                return List.of(0);
            }

            @Override
            public List<Integer> attended() {
                return List.of(1);
            }

            @Override
            public int tokens() {
                return (side / patch) * (side / patch);
            }

            @Override
            public int hidden(int choice, int dim) {
                return choice * dim;
            }
        }

        /** Whether there is a choice, of numbers from 1 on, from small to large. */
        private static boolean chosen(List<Integer> choices) {
            return !choices.isEmpty()
                    && choices.stream().noneMatch(n -> n < 1)
                    && choices.stream().sorted().toList().equals(choices);
        }
    }

    /** Steps of the supernet and of the best network from scratch. */
    public record Train(
            @Doc("samples of a batch") @Range(min = 1) int batch,

            @Doc("steps of the supernet") @Range(min = 1) int steps,

            @Doc("steps of the best network") @Range(min = 1)
            int last,

            @Doc("learning rate") @Range(min = 0) double rate) {}

    /** Settings of the search. */
    public record Search(
            @Doc("networks evaluated for the ranker") @Range(min = 2)
            int evaluated,

            @Doc("networks of a generation") @Range(min = 2) int population,
            @Doc("generations") @Range(min = 1) int generations,
            @Doc("networks that survive") @Range(min = 1) int keep,

            @Doc("chance that a gene changes") @Range(min = 0, max = 1)
            double mutation,

            @Doc("chance of two parents") @Range(min = 0, max = 1)
            double crossover,

            @Doc("operations allowed, as a share of those of the largest network") @Range(min = 0, max = 1)
            double budget,

            @Doc("weight of the logarithm of operations beside the loss; 0 for the budget alone") @Range(min = 0)
            double lambda) {
        public Search {
            if (keep >= population) {
                throw new IllegalArgumentException(
                        "fewer survivors than the " + population + " of a generation expected, given " + keep);
            }
        }

        /** Those that the paper leaves open, as chosen here. */
        static Search usual(double budget) {
            return new Search(100, 50, 20, 10, 0.1, 0.5, budget, 0);
        }
    }

    public NasConfig {
        for (List<Integer> choices : List.of(dims, heads, hidden)) {
            if (!Form.chosen(choices)) {
                throw new IllegalArgumentException(
                        "choices from 1 on, from small to large, expected, given " + choices);
            }
        }
        if (dims.stream().anyMatch(d -> heads.stream().anyMatch(h -> d % h != 0))) {
            throw new IllegalArgumentException("widths that divide into " + heads + " heads expected, given " + dims);
        }
    }

    /** M of cosFormer: no two tokens are further apart. */
    int farthest() {
        return form.tokens() * form.attended().getLast();
    }
}
