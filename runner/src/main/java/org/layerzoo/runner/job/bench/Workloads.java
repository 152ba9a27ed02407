package org.layerzoo.runner.job.bench;

import java.util.List;
import java.util.Optional;
import org.layerzoo.core.ZooException;
import org.layerzoo.core.layer.Call;
import org.layerzoo.core.layer.Draws;
import org.layerzoo.core.layer.Param;
import org.layerzoo.core.layer.Streaming;
import org.layerzoo.core.spi.Core;
import org.layerzoo.core.spi.LayerProvider;
import org.layerzoo.core.spi.Model;
import org.layerzoo.core.spi.Models;
import org.layerzoo.core.spi.PortRole;
import org.layerzoo.core.spi.Scale;
import org.layerzoo.core.spi.Signature;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.Tensors;

/** Makes the workload of a unit: layers as they are or wrapped in standard projections, and cores. */
final class Workloads {
    private Workloads() {}

    /**
     * @param config the configuration with sizes and length set
     * @throws ZooException UNSUPPORTED when the unit does not exist for this layer
     */
    static <C extends Record> Workload of(LayerProvider<C> p, C config, Question q, Models.Options options) {
        Signature s = p.signature(config);
        if (q.unit() == Question.Unit.LAYER) {
            return new OfLayer<>(takesHeads(s) ? new Projected<>(p) : p, config, q, options);
        }
        if (takesHeads(s)) {
            return new OfLayer<>(p, config, q, options);
        }
        Core core = p.core(config)
                .orElseThrow(() -> ZooException.unsupported(
                        "this layer does not offer its mixing alone (core): use --unit layer"));
        return new OfCore(core, s, q, q.dtype());
    }

    /** Whether a layer starts from queries, keys and values. */
    static boolean takesHeads(Signature s) {
        List<String> required = s.in().stream()
                .filter(p -> p.role() == PortRole.REQUIRED)
                .map(p -> p.name())
                .toList();
        return required.containsAll(List.of("q", "k", "v"));
    }

    private static Draws draws(Question q) {
        return Draws.seeded(q.seed()).at("bench");
    }

    private record OfLayer<C extends Record>(
            LayerProvider<C> provider, C config, Question q, Models.Options options, Model model) implements Workload {
        OfLayer(LayerProvider<C> provider, C config, Question q, Models.Options options) {
            this(provider, config, q, options, Models.build("", provider, config, options));
        }

        @Override
        public Tensors inputs(int length) {
            return provider.example(config, new Scale(q.batch(), length, options.dtype()), draws(q));
        }

        @Override
        public Tensors run(Tensors in) {
            return model.forward(in, Call.eval());
        }

        @Override
        public List<Tensor> weights() {
            return model.params().trainable().stream().map(Param::value).toList();
        }

        @Override
        public Optional<Streaming> streaming() {
            boolean streams = model.signature().contract().streaming() != org.layerzoo.core.spi.Contract.StreamLaw.NONE;
            return streams && model.layer() instanceof Streaming s ? Optional.of(s) : Optional.empty();
        }

        @Override
        public Signature signature() {
            return model.signature();
        }

        @Override
        public Workload in(DType dtype) {
            Model other = Models.build("", provider, config, options.with(dtype));
            other.params().load(model.params().values(), true);
            return new OfLayer<>(provider, config, q, options.with(dtype), other);
        }
    }

    private record OfCore(Core core, Signature signature, Question q, DType dtype) implements Workload {
        @Override
        public Tensors inputs(int length) {
            return core.inputs(new Scale(q.batch(), length, dtype), draws(q));
        }

        @Override
        public Tensors run(Tensors in) {
            return core.mix(in);
        }

        @Override
        public List<Tensor> weights() {
            return List.of();
        }

        @Override
        public Optional<Streaming> streaming() {
            return Optional.empty();
        }

        @Override
        public Workload in(DType other) {
            return new OfCore(core, signature, q, other);
        }
    }
}
