package io.github.dynarestore.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordedFrame;
import jdk.jfr.consumer.RecordingFile;

/**
 * Where the threads of this process were in Java code, by samples that JFR took of them every 10 ms. It takes those of
 * native code at another rate, one thread at a time, so that they cannot be counted together; they are left out.
 */
final class ProfileSamples {

    private static final String SAMPLE = "jdk.ExecutionSample";
    private static final Duration PERIOD = Duration.ofMillis(10);

    private final Map<String, Map<String, Integer>> stepsByGroup = new HashMap<>();
    private final Map<String, Integer> methods = new HashMap<>();

    /**
     * Names the step of a stack.
     *
     * @param prefix with which the name of a class begins
     * @param step what is done there, and below in frames that have no step of their own
     */
    record Rule(String prefix, String step) {}

    /** Begins to take samples, until it is stopped. */
    static Recording begin() {
        Recording recording = new Recording();
        recording.enable(SAMPLE).withPeriod(PERIOD);
        recording.start();
        return recording;
    }

    /**
     * Stops a recording and reads it.
     *
     * @param group what the name of a thread is turned into; a thread of no name is left out
     * @param rules of which the first that fits the topmost frame that any fits decides
     */
    static ProfileSamples end(Recording recording, UnaryOperator<String> group, List<Rule> rules) throws IOException {
        Path file = Files.createTempFile("dynarestore-profile", ".jfr");
        try (recording) {
            recording.stop();
            recording.dump(file);
            ProfileSamples samples = new ProfileSamples();
            try (RecordingFile events = new RecordingFile(file)) {
                while (events.hasMoreEvents()) {
                    RecordedEvent event = events.readEvent();
                    if (event.getEventType().getName().equals(SAMPLE) && event.getStackTrace() != null) {
                        String thread = event.getThread("sampledThread").getJavaName();
                        samples.add(
                                group.apply(thread == null ? "" : thread),
                                event.getStackTrace().getFrames(),
                                rules);
                    }
                }
            }
            return samples;
        } finally {
            Files.delete(file);
        }
    }

    private void add(String group, List<RecordedFrame> frames, List<Rule> rules) {
        if (group.isEmpty() || frames.isEmpty()) {
            return;
        }
        methods.merge(name(frames.get(0)), 1, Integer::sum);
        stepsByGroup.computeIfAbsent(group, key -> new HashMap<>()).merge(step(frames, rules), 1, Integer::sum);
    }

    private static String name(RecordedFrame frame) {
        return frame.getMethod().getType().getName() + "." + frame.getMethod().getName();
    }

    private static String step(List<RecordedFrame> frames, List<Rule> rules) {
        for (RecordedFrame frame : frames) {
            String type = frame.getMethod().getType().getName();
            for (Rule rule : rules) {
                if (type.startsWith(rule.prefix())) {
                    return rule.step();
                }
            }
        }
        return "other";
    }

    /** Samples of a group of threads by step. */
    Map<String, Integer> steps(String group) {
        return Collections.unmodifiableMap(stepsByGroup.getOrDefault(group, Map.of()));
    }

    int count() {
        return methods.values().stream().mapToInt(Integer::intValue).sum();
    }

    /** Methods that were most often on top, with the samples in which they were. */
    List<Map.Entry<String, Integer>> top(int most) {
        return methods.entrySet().stream()
                .sorted(Map.Entry.<String, Integer>comparingByValue(Comparator.reverseOrder())
                        .thenComparing(Map.Entry.comparingByKey()))
                .limit(most)
                .toList();
    }
}
