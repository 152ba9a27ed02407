package org.layerzoo.nn;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import java.util.SequencedMap;
import org.junit.jupiter.api.Test;
import org.layerzoo.core.ZooException;
import org.layerzoo.core.layer.Call;
import org.layerzoo.core.layer.Layer;
import org.layerzoo.core.layer.Site;
import org.layerzoo.core.tensor.Tensors;

class LayerTreeTest {
    /** A leaf with the site of heads. */
    private record Leaf(String name) implements HeadedLayer {
        @Override
        public Tensors forward(Tensors in, Call call) {
            return in;
        }
    }

    /** Layers one after another. */
    private record Stack(List<Layer> layers) implements Layer {
        @Override
        public Tensors forward(Tensors in, Call call) {
            return in;
        }

        @Override
        public SequencedMap<String, Layer> children() {
            return LayerTree.stack(layers, i -> "layers." + i);
        }

        @Override
        public Layer with(String path, Layer replacement) {
            return LayerTree.with(this, path, replacement, Stack::new);
        }

        @Override
        public List<Site> sites() {
            return LayerTree.sites(this);
        }
    }

    /** One child. */
    private record Around(Layer inner) implements Layer {
        @Override
        public Tensors forward(Tensors in, Call call) {
            return in;
        }

        @Override
        public SequencedMap<String, Layer> children() {
            return LayerTree.child("inner", inner);
        }

        @Override
        public Layer with(String path, Layer replacement) {
            return LayerTree.with(this, path, replacement, l -> new Around(l.getFirst()));
        }

        @Override
        public List<Site> sites() {
            return LayerTree.sites(this);
        }
    }

    private final Layer tree = new Stack(List.of(new Leaf("a"), new Around(new Leaf("b"))));

    @Test
    void sitesOfAllChildrenCarryTheirPaths() {
        assertEquals(
                List.of(new Site("layers.0.attn.heads", "B H T d"), new Site("layers.1.inner.attn.heads", "B H T d")),
                tree.sites());
    }

    @Test
    void layersOfAKindAreFoundByPath() {
        assertEquals(
                List.of("layers.0", "layers.1.inner"),
                List.copyOf(LayerTree.all(tree, Leaf.class).sequencedKeySet()));
        assertEquals(new Leaf("b"), LayerTree.all(tree, Leaf.class).get("layers.1.inner"));
    }

    @Test
    void aChildOrWhatLiesDeeperIsReplacedAndTheRestIsShared() {
        Layer other = new Leaf("c");
        Layer first = tree.with("layers.0", other);
        assertSame(other, LayerTree.get(first, "layers.0"));
        assertSame(tree.children().get("layers.1"), first.children().get("layers.1"));
        Layer deep = tree.with("layers.1.inner", other);
        assertSame(other, LayerTree.get(deep, "layers.1.inner"));
        assertSame(tree.children().get("layers.0"), deep.children().get("layers.0"));
    }

    @Test
    void aPathThatLeadsNowhereIsRefusedWithThoseThatThereAre() {
        String message = assertThrows(ZooException.class, () -> tree.with("layers.2", new Leaf("c")))
                .getMessage();
        assertEquals("no replaceable layer at 'layers.2': there are [layers.0, layers.1, layers.1.inner]", message);
    }
}
