package org.layerzoo.runner.job;

import java.util.List;
import java.util.Map;
import org.layerzoo.core.ErrorCode;
import org.layerzoo.core.ZooException;
import org.layerzoo.core.config.Configs;
import org.layerzoo.core.layer.Call;
import org.layerzoo.core.layer.Site;
import org.layerzoo.core.layer.Taps;
import org.layerzoo.core.spi.Model;
import org.layerzoo.core.spi.Task;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorScope;
import org.layerzoo.train.Inputs;
import tools.jackson.databind.node.ObjectNode;

/** Values at a site of a trained model: their mean and the share of positive ones, by the site's full name in each block. */
final class Watched {
    private Watched() {}

    /** @throws ZooException BAD_ARGUMENT when the model has no such site */
    static ObjectNode of(Model model, Task task, int batch, String site) {
        List<String> all = model.layer().sites().stream().map(Site::name).toList();
        String[] named = all.stream()
                .filter(s -> s.equals(site) || s.endsWith("." + site))
                .toArray(String[]::new);
        if (named.length == 0) {
            throw new ZooException(
                    ErrorCode.BAD_ARGUMENT,
                    "'watch': no site '" + site + "' in the model, expected the end of one of " + all);
        }
        ObjectNode out = Configs.mapper().createObjectNode();
        TensorScope.run(() -> {
            Taps.Recorder seen = Taps.recording(named);
            model.forward(
                    Inputs.of(model, task.batch(Task.Split.TEST, 0, batch)),
                    Call.eval().with(seen));
            for (Map.Entry<String, Tensor> e : seen.seen().entrySet()) {
                double[] values = e.getValue().toDoubles();
                double sum = 0;
                int positive = 0;
                for (double v : values) {
                    sum += v;
                    positive += v > 0 ? 1 : 0;
                }
                out.putObject(e.getKey())
                        .put("mean", sum / values.length)
                        .put("positive", (double) positive / values.length);
            }
        });
        return out;
    }
}
