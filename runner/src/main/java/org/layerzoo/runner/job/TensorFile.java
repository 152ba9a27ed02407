package org.layerzoo.runner.job;

import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import org.layerzoo.core.io.Npy;
import org.layerzoo.core.io.Safetensors;
import org.layerzoo.core.tensor.Tensors;

/**
 * A file of tensors as users give it: a golden file, a safetensors file whose names have or lack the prefixes of golden files,
 * or a single .npy array (named {@link #ARRAY}).
 */
record TensorFile(Path file, Tensors tensors, Map<String, String> metadata) {
    static final String ARRAY = "";
    static final TensorFile NONE = new TensorFile(Path.of(""), Tensors.empty(), Map.of());
    private static final Set<String> PREFIXES = Set.of("in", "param", "out", "cot", "grad");

    /** @throws org.layerzoo.core.ZooException BAD_FILE naming what is broken */
    static TensorFile read(Path file) {
        if (file.toString().endsWith(".npy")) {
            return new TensorFile(file, Tensors.of(ARRAY, Npy.read(file)), Map.of());
        }
        Safetensors.Content content = Safetensors.read(file);
        return new TensorFile(file, content.tensors(), content.metadata());
    }

    Tensors inputs() {
        return part("in");
    }

    Tensors params() {
        return part("param");
    }

    Tensors cotangents() {
        return tensors.under("cot.");
    }

    /** Tensors under the prefix, and those without any; all of them where the file uses no such prefix. */
    private Tensors part(String prefix) {
        boolean golden = metadata.containsKey("case")
                || !tensors.under(prefix + ".").names().isEmpty();
        Tensors out = Tensors.empty();
        for (String name : tensors.names()) {
            String head = name.contains(".") ? name.substring(0, name.indexOf('.')) : "";
            if (head.equals(prefix)) {
                out = out.with(name.substring(prefix.length() + 1), tensors.get(name));
            } else if (!head.equals("cot") && !(golden && PREFIXES.contains(head))) {
                out = out.with(name, tensors.get(name));
            }
        }
        return out;
    }
}
