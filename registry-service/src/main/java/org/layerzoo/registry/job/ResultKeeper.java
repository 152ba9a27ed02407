package org.layerzoo.registry.job;

import java.util.Map;

/** Takes what a kind of job found to where it is looked for. */
interface ResultKeeper {
    String kind();

    /** Checks the result's form and stores its parts; called in the transaction that ends the job. */
    void keep(JobEntity job, Map<String, Object> result, Map<String, JobFiles.Stored> files);
}
