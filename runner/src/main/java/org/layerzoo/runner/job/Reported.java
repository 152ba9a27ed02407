package org.layerzoo.runner.job;

import java.nio.file.Path;
import java.util.List;
import org.layerzoo.core.report.Report;
import org.layerzoo.report.ReportFiles;
import org.layerzoo.report.ReportJson;
import org.layerzoo.runner.child.JobResult;
import tools.jackson.databind.node.ObjectNode;

/** A report as a job's result. */
final class Reported {
    private Reported() {}

    static JobResult of(ZooJob.Work work, String id, Report report) {
        ObjectNode json = ReportJson.of(report);
        json.put("id", id);
        List<Path> files = ReportFiles.write(work.context().outputs(), report);
        return new JobResult(json, files);
    }
}
