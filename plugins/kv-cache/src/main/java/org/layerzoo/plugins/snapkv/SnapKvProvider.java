package org.layerzoo.plugins.snapkv;

import java.util.List;
import java.util.Optional;
import org.layerzoo.core.ErrorCode;
import org.layerzoo.core.ZooException;
import org.layerzoo.core.op.Primitive;
import org.layerzoo.core.spi.Artifact;
import org.layerzoo.core.spi.Check;
import org.layerzoo.core.spi.GoldenCase;
import org.layerzoo.core.spi.GoldenFunction;
import org.layerzoo.core.spi.KvModel;
import org.layerzoo.core.spi.KvPolicyProvider;
import org.layerzoo.core.spi.KvSession;
import org.layerzoo.core.spi.Size;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.Tensors;
import org.layerzoo.nn.GroupedHeads;
import org.layerzoo.plugins.snapkv.check.SnapKvChecks;
import org.pf4j.Extension;

/** SnapKV: one-shot compression of a prompt's key-value cache. */
@Extension
public final class SnapKvProvider implements KvPolicyProvider<SnapKvConfig> {
    @Override
    public Class<SnapKvConfig> config() {
        return SnapKvConfig.class;
    }

    @Override
    public SnapKvConfig defaults(Size size) {
        return switch (size) {
            case TINY -> new SnapKvConfig(4, 16, 3, SnapKvConfig.Pooling.AVERAGE, SnapKvConfig.Grouping.PER_QUERY_HEAD);
            case TEST ->
                new SnapKvConfig(32, 256, 5, SnapKvConfig.Pooling.AVERAGE, SnapKvConfig.Grouping.PER_QUERY_HEAD);
            case PAPER ->
                new SnapKvConfig(32, 2048, 5, SnapKvConfig.Pooling.AVERAGE, SnapKvConfig.Grouping.PER_QUERY_HEAD);
        };
    }

    @Override
    public KvSession open(SnapKvConfig c, KvModel model, Optional<Artifact> fitted) {
        return new SnapKvSession(c, model);
    }

    @Override
    public List<GoldenFunction> golden() {
        return List.of(GoldenFunction.of("update_kv", c -> c.in().has("q"), SnapKvProvider::updateKv));
    }

    /** SnapKVCluster.update_kv: kept entries by falling vote, but by position in files with maxima, whose plateaus leave the order open. */
    private static Tensors updateKv(GoldenCase c) {
        SnapKvConfig.Pooling pooling =
                switch (c.text("pooling")) {
                    case "avgpool" -> SnapKvConfig.Pooling.AVERAGE;
                    case "maxpool" -> SnapKvConfig.Pooling.MAXIMUM;
                    default ->
                        throw new ZooException(
                                ErrorCode.BAD_CONFIG, "pooling must be avgpool or maxpool, given " + c.text("pooling"));
                };
        SnapKvConfig config = new SnapKvConfig(
                c.integer("window"),
                c.integer("capacity"),
                c.integer("kernel"),
                pooling,
                SnapKvConfig.Grouping.PER_QUERY_HEAD);
        Tensor q = c.in().get("q");
        Tensor k = c.in().get("k");
        Tensor v = c.in().get("v");
        if (k.dim(2) < config.capacity()) {
            return Tensors.of("k", GroupedHeads.expand(k, q.dim(1)), "v", GroupedHeads.expand(v, q.dim(1)));
        }
        Primitive.TopKOrder order =
                pooling == SnapKvConfig.Pooling.MAXIMUM ? Primitive.TopKOrder.BY_INDEX : Primitive.TopKOrder.BY_VALUE;
        SnapKvSelection s = SnapKvSelection.of(config, q, k, v, 1 / Math.sqrt(q.dim(3)), order);
        return Tensors.of("k", s.k(), "v", s.v(), "votes", s.votes())
                .with("pooled_votes", s.pooled())
                .with("kept_indices", s.kept());
    }

    @Override
    public List<Check> checks() {
        return SnapKvChecks.all();
    }
}
