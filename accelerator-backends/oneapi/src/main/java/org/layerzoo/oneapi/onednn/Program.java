package org.layerzoo.oneapi.onednn;

import static org.layerzoo.kernels.device.Native.INT;
import static org.layerzoo.kernels.device.Native.POINTER;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.ref.Cleaner;
import java.lang.ref.Reference;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.layerzoo.kernels.device.Native;

/** A primitive ready to run, by any thread: each has memory objects of its own, which are pointed to the data of a call. */
final class Program {
    private static final long ARGUMENT = 16;
    private static final long AT_MEMORY = 8;

    private static final Cleaner CLEANER = Cleaner.create();

    private final Dnnl d;
    private final int threads;
    private final Handles handles;
    private final int[] roles;
    private final MemorySegment[] layouts;
    private final ThreadLocal<MemorySegment> arguments = ThreadLocal.withInitial(this::arguments);

    /**
     * @param plan a primitive descriptor
     * @param roles what each argument is ({@link Dnnl#SRC}...), in the order of {@link #run}'s data
     * @param layouts the description of each
     */
    Program(Dnnl d, MemorySegment plan, int[] roles, MemorySegment... layouts) {
        this.d = d;
        this.threads = OneDnn.threads();
        this.roles = roles;
        this.layouts = layouts;
        this.handles = new Handles(
                d,
                plan,
                d.made("dnnl_primitive_create", out -> (int) d.createPrimitive.invokeExact(out, plan)),
                new ConcurrentLinkedQueue<>());
        CLEANER.register(this, handles::destroy);
    }

    /** What the library gave us; given back when nobody can reach the program any more. */
    private record Handles(Dnnl d, MemorySegment plan, MemorySegment primitive, Queue<MemorySegment> memories) {
        void destroy() {
            try {
                for (MemorySegment m : memories) {
                    Dnnl.check((int) d.destroyMemory.invokeExact(m), "dnnl_memory_destroy");
                }
                Dnnl.check((int) d.destroyPrimitive.invokeExact(primitive), "dnnl_primitive_destroy");
                Dnnl.check((int) d.destroyPlan.invokeExact(plan), "dnnl_primitive_desc_destroy");
            } catch (Throwable t) {
                throw Native.failed(t);
            }
        }
    }

    MemorySegment plan() {
        return handles.plan;
    }

    private MemorySegment arguments() {
        MemorySegment list = Arena.ofAuto().allocate(ARGUMENT * roles.length, AT_MEMORY);
        for (int i = 0; i < roles.length; i++) {
            MemorySegment layout = layouts[i];
            MemorySegment memory =
                    d.made("dnnl_memory_create", out -> (int) d.createMemory.invokeExact(out, layout, d.engine, 0L));
            handles.memories.add(memory);
            list.set(INT, i * ARGUMENT, roles[i]);
            list.set(POINTER, i * ARGUMENT + AT_MEMORY, memory);
        }
        return list;
    }

    /** Runs on data that lies outside of Java's heap, in the order of the roles. */
    void run(MemorySegment... data) {
        MemorySegment list = arguments.get();
        try {
            for (int i = 0; i < data.length; i++) {
                MemorySegment memory = list.get(POINTER, i * ARGUMENT + AT_MEMORY);
                Dnnl.check((int) d.pointMemory.invokeExact(memory, data[i]), "dnnl_memory_set_data_handle");
            }
            d.threads(threads);
            Dnnl.check(
                    (int) d.execute.invokeExact(handles.primitive, d.ownStream(), roles.length, list),
                    "dnnl_primitive_execute");
        } catch (Throwable t) {
            throw Native.failed(t);
        }
        Reference.reachabilityFence(data);
        Reference.reachabilityFence(this);
    }
}
