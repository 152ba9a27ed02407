package org.layerzoo.nn;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SequencedMap;
import org.layerzoo.core.ZooException;
import org.layerzoo.core.layer.Layer;

/** Walks a tree of layers by dotted path. */
public final class LayerTree {
    private LayerTree() {}

    /** Every layer inside by its full path, parents before their children. */
    public static SequencedMap<String, Layer> all(Layer root) {
        SequencedMap<String, Layer> out = new LinkedHashMap<>();
        collect(root, "", out);
        return Collections.unmodifiableSequencedMap(out);
    }

    private static void collect(Layer at, String prefix, Map<String, Layer> out) {
        at.children().forEach((name, child) -> {
            out.put(prefix + name, child);
            collect(child, prefix + name + ".", out);
        });
    }

    /** @throws ZooException UNSUPPORTED naming the paths there are */
    public static Layer get(Layer root, String path) {
        SequencedMap<String, Layer> all = all(root);
        if (!all.containsKey(path)) {
            throw ZooException.unsupported("no layer at '" + path + "': there are " + all.keySet());
        }
        return all.get(path);
    }

    /** The tree with the layer at {@code path} replaced; the rest is shared. */
    public static Layer replace(Layer root, String path, Layer replacement) {
        SequencedMap<String, Layer> children = root.children();
        if (children.containsKey(path)) {
            return root.with(path, replacement);
        }
        for (var e : children.entrySet()) {
            String prefix = e.getKey() + ".";
            if (path.startsWith(prefix)) {
                return root.with(e.getKey(), replace(e.getValue(), path.substring(prefix.length()), replacement));
            }
        }
        throw ZooException.unsupported(
                "no replaceable layer at '" + path + "': there are " + all(root).keySet());
    }
}
