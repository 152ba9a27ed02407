package org.layerzoo.core.sketch;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.layerzoo.core.config.Doc;
import org.layerzoo.core.report.Block;
import org.layerzoo.core.report.Report;
import org.layerzoo.core.spi.Catalog;
import org.layerzoo.core.spi.CollectionProvider;
import org.layerzoo.core.spi.LayerRef;
import org.layerzoo.core.spi.RunContext;
import org.layerzoo.core.spi.Size;
import org.layerzoo.core.tensor.DType;

/** ssm-medical-survey: a taxonomy whose members are presets of its own jar and plugins of others; absent ones are listed as absent. */
final class SsmMedicalSurvey implements CollectionProvider<SsmMedicalSurvey.Config> {
    record Config(@Doc("image side") int side) {}

    @Override
    public Class<Config> config() {
        return Config.class;
    }

    @Override
    public Config defaults(Size size) {
        return new Config(16);
    }

    @Override
    public Taxonomy taxonomy() {
        return new Taxonomy(
                "State space models for medical images",
                Map.of("scan", List.of("raster", "cross", "zigzag"), "backbone", List.of("u-net", "encoder")));
    }

    @Override
    public List<Member> members() {
        return List.of(
                new Member(
                        "raster preset",
                        Optional.of("ssm-medical-survey/raster"),
                        Map.of("scan", "raster", "backbone", "u-net"),
                        Map.of("time", "T")),
                new Member(
                        "Mamba",
                        Optional.of("mamba"),
                        Map.of("scan", "raster", "backbone", "encoder"),
                        Map.of("time", "T")),
                new Member(
                        "not in this zoo", Optional.empty(), Map.of("scan", "zigzag", "backbone", "u-net"), Map.of()));
    }

    @Override
    public Report compare(Config c, Catalog present, RunContext context) {
        List<List<String>> rows = new ArrayList<>();
        for (Member m : members()) {
            boolean here = m.ref().flatMap(present::find).isPresent();
            String parameters = here
                    ? Long.toString(present.build(LayerRef.of(m.ref().orElseThrow()), 1, DType.F32)
                            .params()
                            .count())
                    : "absent";
            rows.add(List.of(m.name(), m.tags().get("scan"), parameters));
            context.checkCancelled();
        }
        return new Report(
                taxonomy().title(),
                List.of(new Block.Table("Members", List.of("member", "scan", "parameters"), rows)),
                List.of());
    }
}
