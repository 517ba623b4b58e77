package io.github.dynarestore.benchmarks;

import io.github.dynarestore.benchmarks.BenchmarkResults.Spread;
import java.awt.Color;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.MathContext;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.CategoryChart;
import org.knowm.xchart.CategoryChartBuilder;
import org.knowm.xchart.CategorySeries;
import org.knowm.xchart.style.Styler;
import org.knowm.xchart.style.markers.SeriesMarkers;

/** Draws one metric of a benchmark's results: a bar for each candidate's median, a line from its least to its most. */
public final class ResultChart {

    private static final Color BAR = new Color(0x3B6EA5);

    /** More would run into one another. */
    private static final int MOST_LEVEL_NAMES = 5;

    private ResultChart() {}

    /** Arguments: results as JSON, metric, title, PNG file to write, and perhaps what the names of candidates must end with. */
    public static void main(String[] args) throws IOException {
        System.setProperty("java.awt.headless", "true");
        draw(
                BenchmarkResults.read(Path.of(args[0])),
                args[1],
                args[2],
                Path.of(args[3]),
                args.length > 4 ? args[4] : "");
    }

    private static void draw(BenchmarkResults results, String metric, String title, Path png, String suffix)
            throws IOException {
        List<String> candidates = new ArrayList<>();
        List<Double> medians = new ArrayList<>();
        List<Double> middles = new ArrayList<>();
        List<Double> halves = new ArrayList<>();
        results.values().forEach((candidate, metrics) -> {
            if (metrics.containsKey(metric) && candidate.endsWith(suffix)) {
                Spread spread = results.spread(candidate, metric);
                candidates.add(candidate.substring(0, candidate.length() - suffix.length()));
                // It labels a bar with all digits that it is given.
                medians.add(BigDecimal.valueOf(spread.median())
                        .round(new MathContext(3))
                        .doubleValue());
                middles.add((spread.least() + spread.most()) / 2);
                halves.add((spread.most() - spread.least()) / 2);
            }
        });
        if (candidates.isEmpty()) {
            throw new IllegalArgumentException("no candidate of " + results.name() + " has the metric " + metric);
        }
        CategoryChart chart = new CategoryChartBuilder()
                .width(900)
                .height(420)
                .title(title)
                .yAxisTitle(metric)
                .theme(Styler.ChartTheme.XChart)
                .build();
        chart.getStyler().setLegendVisible(false);
        chart.getStyler().setLabelsVisible(true);
        chart.getStyler().setAvailableSpaceFill(0.6);
        chart.getStyler().setChartBackgroundColor(Color.WHITE);
        chart.getStyler().setYAxisMin(0.0);
        if (candidates.size() > MOST_LEVEL_NAMES) {
            chart.getStyler().setXAxisLabelRotation(20);
        }
        chart.addSeries(metric, candidates, medians).setFillColor(BAR);
        // A line is as long to either side of its point, which is why it has one of its own, that is not drawn.
        chart.getStyler().setOverlapped(true);
        chart.addSeries("rounds", candidates, middles, halves)
                .setChartCategorySeriesRenderStyle(CategorySeries.CategorySeriesRenderStyle.Scatter)
                .setMarker(SeriesMarkers.NONE);
        BitmapEncoder.saveBitmap(chart, png.toString(), BitmapEncoder.BitmapFormat.PNG);
        System.out.println(png);
    }
}
