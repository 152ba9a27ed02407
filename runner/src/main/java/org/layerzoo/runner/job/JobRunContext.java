package org.layerzoo.runner.job;

import org.layerzoo.core.ErrorCode;
import org.layerzoo.core.ZooException;
import org.layerzoo.core.layer.Draws;
import org.layerzoo.core.spi.Catalog;
import org.layerzoo.core.spi.RunContext;

/** A job as what runs long sees it; progress is its share of the job's. */
record JobRunContext(ZooJob.Work work, long seed, double from, double share) implements RunContext {
    @Override
    public Draws draws() {
        return Draws.seeded(seed);
    }

    @Override
    public Catalog catalog() {
        return work.plugins();
    }

    @Override
    public void progress(double fraction, String message) {
        work.context().progress(Math.clamp(from + share * fraction, 0.0, 1.0), message);
    }

    @Override
    public void checkCancelled() {
        if (work.context().cancelled()) {
            throw new ZooException(ErrorCode.CANCELLED, "the job was cancelled");
        }
    }
}
