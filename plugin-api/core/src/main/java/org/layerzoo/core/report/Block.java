package org.layerzoo.core.report;

import java.util.List;

/** One thing to show; data only: the dashboard draws it, the CLI prints a table and a PNG. Array sizes must agree. */
public sealed interface Block {
    String title();

    /** A figure, with the paper's beside it ("" when it has none). */
    record Scalar(String title, double value, String unit, String paper) implements Block {}

    record Table(String title, List<String> columns, List<List<String>> rows) implements Block {}

    /** Lines over x; NaN marks a missing point. */
    record Curves(String title, String xLabel, String yLabel, boolean logX, boolean logY, List<Line> lines)
            implements Block {}

    /** low and high are a band over seeds, or empty; slope is the fitted log-log exponent, or NaN. */
    record Line(String name, double[] x, double[] y, double[] low, double[] high, double slope) {}

    /** values[row][column]; labels may be empty. */
    record HeatMap(
            String title, String xLabel, String yLabel, List<String> rows, List<String> columns, double[][] values)
            implements Block {}

    /** Grey or RGB images in [0, 1] side by side: pixels[y][x][channel]. */
    record ImageStrip(String title, List<String> captions, List<double[][][]> images) implements Block {}

    /** An image with masks (same size, class ids), boxes {x0, y0, x1, y1} and labels. */
    record Overlay(String title, double[][][] image, int[][] mask, List<double[]> boxes, List<String> labels)
            implements Block {}

    /** Frames of an animation. */
    record FilmStrip(String title, List<double[][][]> frames, double framesPerSecond) implements Block {}

    record Spectrogram(String title, double[][] values, double secondsPerFrame, List<String> tokens) implements Block {}

    /** Points {x, y, z} and, for meshes, edges of point indices. */
    record Mesh(String title, List<double[]> points, List<int[]> edges) implements Block {}

    /** Nodes with labels and directed edges {from, to} with weights. */
    record Graph(String title, List<String> nodes, List<int[]> edges, double[] weights) implements Block {}

    /** Text in pieces, each with a tag ("" none) and a weight. */
    record Spans(String title, List<Span> spans) implements Block {}

    record Span(String text, String tag, double weight) {}

    /** Paths in the plane. */
    record Trajectory(String title, List<Line> paths) implements Block {}

    /** Bars of activity: one row a rank, each bar from start to end with a label. */
    record Timeline(String title, String unit, List<Bar> bars) implements Block {}

    record Bar(int row, double start, double end, String label) {}

    record Scatter(String title, String xLabel, String yLabel, List<String> names, double[] x, double[] y)
            implements Block {}
}
