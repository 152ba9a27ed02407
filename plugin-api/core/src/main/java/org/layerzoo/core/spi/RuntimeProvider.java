package org.layerzoo.core.spi;

import java.util.List;
import org.layerzoo.core.Experimental;
import org.layerzoo.core.Stable;
import org.layerzoo.core.layer.Layer;
import org.layerzoo.core.state.Usage;
import org.layerzoo.core.tensor.Tensor;
import tools.jackson.databind.JsonNode;

/** How computation is spread over ranks, memory or jobs. */
@Stable(since = "0.1")
public non-sealed interface RuntimeProvider<C extends Record> extends Provider<C> {
    Runtime create(C config, RunContext context);

    /** One of three contracts. */
    sealed interface Runtime permits SequenceSchedule, KvMemory, Orchestrator {}

    /** Splits a sequence over ranks. */
    non-sealed interface SequenceSchedule extends Runtime {
        /** The layer as one rank runs it on its part of the sequence. */
        Layer shard(Layer layer, Collectives ranks);

        /** Steps, idle time and bytes for a number of ranks and tokens, without running anything. */
        Plan plan(int ranks, int length);
    }

    /** What a schedule would do: for each step and rank what it computes ("-" idle), the idle fraction, bytes a rank sends. */
    record Plan(List<List<String>> steps, double idleFraction, long[] bytesSent) {}

    /** Pages of keys and values for many sequences. */
    @Experimental(since = "0.1")
    non-sealed interface KvMemory extends Runtime {
        int allocate();

        void free(int slot);

        /** Makes room for the lengths; false when memory is exhausted. */
        boolean step(int[] lengths);

        Tensor keys(int layer, int slot);

        Tensor values(int layer, int slot);

        Usage usage();
    }

    /** Runs jobs made of recipes and tasks. */
    @Experimental(since = "0.1")
    non-sealed interface Orchestrator extends Runtime {
        JsonNode run(JsonNode job, Catalog catalog, RunContext context);
    }
}
