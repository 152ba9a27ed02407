package org.layerzoo.nn.host;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.layerzoo.core.ZooException;
import org.layerzoo.core.layer.Call;
import org.layerzoo.core.layer.Draws;
import org.layerzoo.core.layer.Taps;
import org.layerzoo.core.op.Errors;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.spi.Model;
import org.layerzoo.core.spi.Models;
import org.layerzoo.core.spi.Scale;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Shape;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.Tensors;

class ImageClassifierTest {
    private static final ImageConfig CONFIG = ImageConfig.usual(12, 4, 8, 2, 2, 5);

    private static Model model(ImageConfig c) {
        return Models.build(
                "image", new ImageHostProvider(c), c, Mixers.catalogue().with(DType.F64));
    }

    private static Tensor logits(Model m, Tensor image) {
        return m.forward(Tensors.of("image", image), Call.eval()).get("y");
    }

    @Test
    void imagesBecomeLogitsWhateverTheMixer() {
        ImageHostProvider host = new ImageHostProvider(CONFIG);
        Tensors in = host.example(CONFIG, Scale.of(3, 1), Draws.seeded(1));
        assertEquals(Shape.of(3, 1, 12, 12), in.get("image").shape());
        for (Mixer mixer : List.of(Mixer.attention(), Mixers.slot("token-mean"), Mixers.slot("head-softmax"))) {
            Model m = model(CONFIG.with(mixer));
            Tensor y = logits(m, in.get("image").cast(DType.F64));
            assertEquals(Shape.of(3, 5), y.shape());
            assertTrue(Errors.relative(y.slice(0, 0, 1), y.slice(0, 1, 2)) > 1e-6, "images differ");
        }
    }

    /** Without positions the mean over patches doesn't know where they lie. */
    @Test
    void aMovedPatchCountsByItsPosition() {
        Model m = model(CONFIG);
        Tensor image = Draws.seeded(2).normal("image", DType.F64, 1, 1, 12, 12);
        Tensor turned = Ops.concat(2, image.slice(2, 4, 12), image.slice(2, 0, 4));
        assertTrue(Errors.relative(logits(m, turned), logits(m, image)) > 1e-6);
        Tensor places = m.params().param("positions.weight").value();
        m.params().param("positions.weight").set(Ops.zerosLike(places));
        assertArrayEquals(logits(m, image).toDoubles(), logits(m, turned).toDoubles(), 1e-12);
    }

    @Test
    void aMixerOfMapsIsBuiltForThePatches() {
        Model m = model(CONFIG.with(Mixers.slot("square-mean")));
        Tensor image = Draws.seeded(3).normal("image", DType.F64, 1, 1, 12, 12);
        Taps.Recorder seen = Taps.recording("embed");
        Tensor y = m.forward(Tensors.of("image", image), Call.eval().with(seen)).get("y");
        assertEquals(Shape.of(1, 9, 8), seen.seen().get("embed").shape());
        // A pixel changes the row of its patch, so that the mixer saw a map of 3 x 3 and not of its own 5 x 5.
        Tensor other = image.add(Ops.padZero(Tensor.ones(DType.F64, 1, 1, 12, 1), 3, 0, 11));
        assertTrue(Errors.relative(logits(m, other), y) > 1e-6);
    }

    @Test
    void whatDoesNotFitIsNamed() {
        assertSays("side 12 does not divide into patches of 5", () -> ImageConfig.usual(12, 5, 8, 2, 2, 5));
        assertSays("dim 8 does not divide into 3 heads", () -> ImageConfig.usual(12, 4, 8, 3, 2, 5));
        Model m = model(CONFIG);
        ZooException e = assertThrows(ZooException.class, () -> logits(m, Tensor.zeros(DType.F64, 2, 1, 8, 12)));
        assertTrue(e.getMessage().contains("images [B, 1, 12, 12] expected, given (2, 1, 8, 12)"), e.getMessage());
    }

    private static void assertSays(String part, org.junit.jupiter.api.function.Executable e) {
        String said = assertThrows(IllegalArgumentException.class, e).getMessage();
        assertTrue(said.contains(part), said);
    }
}
