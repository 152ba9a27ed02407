package org.layerzoo.nn.parallel;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.layerzoo.core.ZooException;
import org.layerzoo.core.exec.Tape;
import org.layerzoo.core.spi.Collectives;
import org.layerzoo.core.tensor.Shape;
import org.layerzoo.core.tensor.Tensor;

class LocalRanksTest {
    private static Tensor of(double... v) {
        return Tensor.of(v, v.length);
    }

    @Test
    void collectivesMoveWhatTheirNamesSay() {
        List<Tensor> gathered = LocalRanks.run(3, c -> c.allGather(of(c.rank(), 10 * c.rank()), 0));
        assertArrayEquals(new double[] {0, 0, 1, 10, 2, 20}, gathered.get(1).toDoubles());
        List<Tensor> swapped = LocalRanks.run(2, c -> c.allToAll(of(c.rank() * 2, c.rank() * 2 + 1), 0, 0));
        assertArrayEquals(new double[] {1, 3}, swapped.get(1).toDoubles());
        List<Tensor> scattered = LocalRanks.run(2, c -> c.reduceScatter(of(1 + c.rank(), 5), 0));
        assertArrayEquals(new double[] {3}, scattered.get(0).toDoubles());
        List<Tensor> reduced = LocalRanks.run(4, c -> c.allReduce(of(c.rank())));
        assertArrayEquals(new double[] {6}, reduced.get(3).toDoubles());
    }

    @Test
    void gradientsTravelBackAlongTheWires() {
        // Rank 0 sends x, rank 1 squares it: dx on rank 0 is its own use plus 2 x from rank 1.
        List<Tensor> g = LocalRanks.run(2, c -> {
            Tensor x = of(3);
            Tape tape = new Tape().watch(x);
            Tensor y = tape.record(() -> c.rank() == 0 ? c.send(x, 1) : squared(c.receive(0, Shape.of(1)), x));
            return tape.gradient(y, List.of(x)).getFirst();
        });
        assertEquals(1 + 2 * 3, g.get(0).item());
    }

    private static Tensor squared(Tensor received, Tensor own) {
        return received.mul(received).add(own.mul(0));
    }

    @Test
    void gradientsOfCollectivesAreCollectives() {
        List<Tensor> g = LocalRanks.run(3, c -> {
            Tensor x = of(c.rank() + 1.0);
            Tape tape = new Tape().watch(x);
            Tensor y = tape.record(() -> c.allReduce(x).mul(c.rank() + 1.0));
            return tape.gradient(y, List.of(x)).getFirst();
        });
        g.forEach(t -> assertEquals(6, t.item()));
    }

    @Test
    void bytesAreCounted() {
        List<Collectives.Counters> counters = LocalRanks.run(2, c -> {
            if (c.rank() == 0) {
                c.send(of(1, 2, 3), 1);
            } else {
                c.receive(0, Shape.of(3));
            }
            return c.counters();
        });
        assertEquals(new Collectives.Counters(1, 24), counters.get(0));
        assertEquals(new Collectives.Counters(0, 0), counters.get(1));
    }

    @Test
    void aFailingRankEndsTheOthers() {
        ZooException e = assertThrows(
                ZooException.class,
                () -> LocalRanks.run(3, c -> {
                    if (c.rank() == 2) {
                        throw ZooException.badArgument("rank 2 gives up");
                    }
                    return c.receive(2, Shape.of(1));
                }));
        assertEquals("rank 2 gives up", e.getMessage());
    }
}
