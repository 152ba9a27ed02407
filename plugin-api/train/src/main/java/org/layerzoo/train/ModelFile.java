package org.layerzoo.train;

import java.nio.file.Path;
import java.util.Map;
import org.layerzoo.core.config.Configs;
import org.layerzoo.core.io.Safetensors;
import org.layerzoo.core.spi.Model;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.Tensors;

/** A model's parameters and buffers as safetensors, with its id and configuration as metadata. */
public final class ModelFile {
    private ModelFile() {}

    /** Written beside the target and moved into place. */
    public static void write(Path file, Model model) {
        Map<String, String> about = Map.of(
                "id", model.id(), "config", Configs.toJson(model.config()).toString());
        Safetensors.write(file, model.params().values(), about);
    }

    /** @throws org.layerzoo.core.ZooException BAD_TENSORS listing everything that does not fit; nothing is set then */
    public static void load(Path file, Model model) {
        model.params().load(copies(Safetensors.read(file).tensors()), true);
    }

    /** Tensors of their own, which do not hang on a mapped file. */
    static Tensors copies(Tensors mapped) {
        return mapped.map(t -> {
            Tensor own = Tensor.allocate(t.spec());
            own.segment().copyFrom(t.segment());
            return own;
        });
    }
}
