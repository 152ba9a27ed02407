package org.layerzoo.nn;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.function.Function;
import java.util.function.IntFunction;
import org.layerzoo.core.ZooException;
import org.layerzoo.core.layer.Layer;
import org.layerzoo.core.layer.Site;

/** Trees of layers by dotted path: what a layer answers about those inside, and walks through them. */
public final class LayerTree {
    private LayerTree() {}

    /** The children of a layer with one of them. */
    public static SequencedMap<String, Layer> child(String path, Layer child) {
        SequencedMap<String, Layer> m = new LinkedHashMap<>();
        m.put(path, child);
        return m;
    }

    /** The children of a stack of layers. @param path of the i-th, counted from 0 */
    public static SequencedMap<String, Layer> stack(List<? extends Layer> layers, IntFunction<String> path) {
        SequencedMap<String, Layer> m = new LinkedHashMap<>();
        for (int i = 0; i < layers.size(); i++) {
            m.put(path.apply(i), layers.get(i));
        }
        return m;
    }

    /** The sites of the children, each under the path of its child. */
    public static List<Site> sites(Layer parent) {
        List<Site> out = new ArrayList<>();
        parent.children().forEach((path, child) -> child.sites().forEach(s -> out.add(s.under(path))));
        return out;
    }

    /** A parent with the layer at {@code path} replaced, whether that is a child or deeper. @param rebuilt the parent of other children, in their order */
    public static Layer with(Layer parent, String path, Layer replacement, Function<List<Layer>, Layer> rebuilt) {
        int i = List.copyOf(parent.children().sequencedKeySet()).indexOf(path);
        if (i < 0) {
            return replace(parent, path, replacement);
        }
        List<Layer> other = new ArrayList<>(parent.children().values());
        other.set(i, replacement);
        return rebuilt.apply(other);
    }

    /** Every layer inside by its full path, parents before their children. */
    public static SequencedMap<String, Layer> all(Layer root) {
        SequencedMap<String, Layer> out = new LinkedHashMap<>();
        collect(root, "", out);
        return Collections.unmodifiableSequencedMap(out);
    }

    /** Those of a kind among {@link #all}. */
    public static <T> SequencedMap<String, T> all(Layer root, Class<T> kind) {
        SequencedMap<String, T> out = new LinkedHashMap<>();
        all(root).forEach((path, layer) -> {
            if (kind.isInstance(layer)) {
                out.put(path, kind.cast(layer));
            }
        });
        return out;
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
