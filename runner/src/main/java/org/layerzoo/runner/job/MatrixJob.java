package org.layerzoo.runner.job;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.layerzoo.core.config.Configs;
import org.layerzoo.core.spi.LayerProvider;
import org.layerzoo.runner.child.JobResult;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** The mixing matrix of a layer. Spec: id, length, seed, config, set, backend; the result names the kind and holds the rows, the file is {@link #FILE}. */
public final class MatrixJob extends ZooJob {
    /** Name of the result file. */
    public static final String FILE = "matrix.png";

    private static final int LONGEST = 1024;

    public MatrixJob() {
        super("matrix");
    }

    @Override
    JobResult run(Work work) throws IOException {
        Spec spec = work.spec();
        String id = spec.text("id");
        int length = spec.integer("length", 64);
        if (length < 1 || length > LONGEST) {
            throw org.layerzoo.core.ZooException.badArgument("'length' must be in 1.." + LONGEST + ", given " + length);
        }
        MixingMatrix.Found found = find(work, Subjects.layer(work.plugins(), id), length);
        ObjectNode json = Configs.mapper().createObjectNode();
        json.put("id", id)
                .put("version", Subjects.plugin(work.plugins(), id).jar().shownVersion());
        json.put("length", found.rows().length)
                .put("seed", spec.number("seed", 0))
                .put("kind", found.kind());
        ArrayNode rows = json.putArray("rows");
        for (double[] row : found.rows()) {
            ArrayNode r = rows.addArray();
            for (double v : row) {
                r.add(v);
            }
        }
        Path file = work.context().outputs().resolve(FILE);
        Files.write(file, HeatMap.png(found.rows()));
        return new JobResult(json, List.of(file));
    }

    private static <C extends Record> MixingMatrix.Found find(Work work, LayerProvider<C> p, int length) {
        Spec spec = work.spec();
        C config = p.atLength(Subjects.configured(p, spec.object("config"), spec.texts("set")), length);
        return new MixingMatrix(work, spec.number("seed", 0)).of(p, config, length);
    }
}
