package org.layerzoo.report;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.layerzoo.core.ErrorCode;
import org.layerzoo.core.ZooException;
import org.layerzoo.core.config.Configs;
import org.layerzoo.core.report.Block;
import org.layerzoo.core.report.Report;
import org.layerzoo.report.draw.Figures;

/** A report as files: report.json, and of each block a PNG and a CSV named by its place and title. */
public final class ReportFiles {
    private ReportFiles() {}

    /**
     * @return what was written
     * @throws ZooException UNREADABLE if the folder cannot be written
     */
    public static List<Path> write(Path folder, Report report) {
        List<Path> out = new ArrayList<>();
        try {
            Files.createDirectories(folder);
            byte[] json = Configs.mapper().writerWithDefaultPrettyPrinter().writeValueAsBytes(ReportJson.of(report));
            out.add(Files.write(folder.resolve("report.json"), json));
            for (int i = 0; i < report.blocks().size(); i++) {
                Block b = report.blocks().get(i);
                String name = String.format(Locale.ROOT, "%02d-%s", i + 1, slug(b.title()));
                out.add(Files.write(folder.resolve(name + ".png"), Figures.of(b).png()));
                out.add(Files.write(
                        folder.resolve(name + ".csv"), BlockCsv.of(b).getBytes(StandardCharsets.UTF_8)));
            }
        } catch (IOException e) {
            throw new ZooException(
                    ErrorCode.UNREADABLE, "cannot write the report into " + folder + ": " + e.getMessage(), e);
        }
        return out;
    }

    private static String slug(String title) {
        String s = title.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]+", "-").replaceAll("^-|-$", "");
        return s.isEmpty() ? "block" : s.substring(0, Math.min(60, s.length()));
    }
}
