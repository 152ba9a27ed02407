package org.layerzoo.nn.map;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.layerzoo.core.ZooException;
import org.layerzoo.core.layer.Draws;
import org.layerzoo.core.layer.Layer;
import org.layerzoo.core.spi.Build;
import org.layerzoo.core.spi.Mode;
import org.layerzoo.core.spi.Port;
import org.layerzoo.core.spi.Scale;
import org.layerzoo.core.spi.Signature;
import org.layerzoo.core.spi.Size;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Shape;
import org.layerzoo.core.tensor.Tensor;

class MapProviderTest {
    /** A grid of square patches. */
    private record Grid(int height, int width, int patch, int channels) implements ImageSized<Grid> {
        @Override
        public Grid on(int h, int w) {
            return new Grid(h, w, patch, channels);
        }
    }

    private static class Mixer implements MapProvider<Grid> {
        @Override
        public Class<Grid> config() {
            return Grid.class;
        }

        @Override
        public Grid defaults(Size size) {
            return new Grid(2, 3, 4, 5);
        }

        @Override
        public Layer build(Grid c, Build build) {
            return (in, call) -> in;
        }
    }

    private static final class Classifier extends Mixer implements ImageClassifierProvider<Grid> {}

    private final Grid grid = new Grid(2, 3, 4, 5);

    @Test
    void aMixerOfMapsSeesAllTokensOfOneLength() {
        Signature s = new Mixer().signature(grid);
        assertEquals(Set.of(Mode.SELF_NONCAUSAL, Mode.TWO_D), s.modes());
        assertEquals(new Mixer().contract(grid), s.contract());
        assertEquals(Signature.mixer(s.contract(), s.modes()), s);
    }

    @Test
    void anotherLengthIsTheMapNearestToASquare() {
        assertEquals(new Grid(6, 6, 4, 5), new Mixer().atLength(grid, 36));
        assertEquals(new Grid(4, 8, 4, 5), new Mixer().atLength(grid, 32));
        assertEquals(new Grid(1, 7, 4, 5), new Mixer().atLength(grid, 7));
    }

    @Test
    void aClassifierTakesImagesOfItsPatches() {
        Classifier p = new Classifier();
        Signature s = p.signature(grid);
        assertEquals(List.of("image"), s.in().stream().map(Port::name).toList());
        assertEquals(
                List.of("logits", "features"), s.out().stream().map(Port::name).toList());
        Tensor image = p.example(grid, Scale.of(2, 6), Draws.seeded(3)).get("image");
        assertEquals(Shape.of(2, 5, 8, 12), image.shape());
        grid.accept(image, "test");
        assertThrows(ZooException.class, () -> p.axisSize(grid, "z"));
    }

    @Test
    void imagesOfOtherSizesOrChannelsAreRefused() {
        for (int[] dims : new int[][] {{2, 5, 8, 8}, {2, 3, 8, 12}, {2, 5, 12, 12}, {5, 8, 12}}) {
            String message = assertThrows(ZooException.class, () -> grid.accept(Tensor.zeros(DType.F32, dims), "test"))
                    .getMessage();
            assertEquals("test: images [B, 5, 8, 12] expected, given " + Shape.of(dims), message);
        }
    }
}
