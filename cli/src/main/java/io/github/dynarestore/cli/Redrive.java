package io.github.dynarestore.cli;

import io.github.dynarestore.DynamoDbRestoreManager;
import io.github.dynarestore.RestoreHandle;
import io.github.dynarestore.RestorePlan;
import io.github.dynarestore.model.Backup;
import io.github.dynarestore.model.BadRecords;
import io.github.dynarestore.model.DeadLetter;
import io.github.dynarestore.model.RestoreReport;
import io.github.dynarestore.model.RestoreStatus;
import io.github.dynarestore.spi.DeadLetterSink;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Writes mended letters, some of them at a time: each is laid down as an object of its own, so that what a report says of an
 * object it says of a letter.
 */
final class Redrive implements AutoCloseable {

    private static final Pattern LINE = Pattern.compile("/line-([0-9]{9})$");

    private final PrintStream err;
    private final Path directory;
    private final SortedMap<Integer, String> left = new TreeMap<>();
    private final Set<Integer> tried = new HashSet<>();
    private int runs;
    private long written;
    private boolean cancelled;

    Redrive(PrintStream err) throws IOException {
        this.err = err;
        // On POSIX only its owner can read it: letters hold values of items.
        directory = Files.createTempDirectory("dynarestore-redrive-");
    }

    /** Lays letters down as a backup. */
    Backup layDown(List<Letter> letters) throws IOException {
        Path objects = Files.createDirectory(directory.resolve("run-" + ++runs));
        for (Letter letter : letters) {
            Files.write(objects.resolve(String.format(Locale.ROOT, "line-%09d", letter.line())), object(letter));
        }
        return Backup.at(objects.toUri().toString());
    }

    private static byte[] object(Letter letter) {
        String content = new String(letter.content(), StandardCharsets.ISO_8859_1);
        String object = letter.kind() == Letter.Kind.ITEM ? "{\"Item\":" + content + "}\n" : content + "\n";
        return object.getBytes(StandardCharsets.ISO_8859_1);
    }

    /** Runs a plan over letters that were laid down. */
    void run(DynamoDbRestoreManager manager, RestorePlan.Builder plan, List<Letter> laidDown) {
        List<DeadLetter> letters = Collections.synchronizedList(new ArrayList<>());
        RestorePlan whole = plan.badRecords(BadRecords.DEAD_LETTER)
                .deadLetters(new Gathering(letters))
                .maxBadShare(1)
                .build();
        RestoreHandle handle = manager.start(whole);
        CancelOnSignal cancel = CancelOnSignal.of(handle, whole, err);
        RestoreReport report;
        try {
            report = handle.completion().join();
        } finally {
            cancel.close();
        }
        for (DeadLetter letter : letters) {
            leave(letter.object(), letter.reason() + ": " + letter.detail());
        }
        for (RestoreReport.Conflict conflict : report.conflicts()) {
            leave(conflict.object(), "conflict: the table holds another item under its key");
        }
        written += report.writes().puts() + report.writes().deletes();
        if (report.status() == RestoreStatus.CANCELLED) {
            cancelled = true;
        } else {
            laidDown.forEach(letter -> tried.add(letter.line()));
        }
    }

    /** What a report says of the backup's own objects was known before. */
    private void leave(String object, String why) {
        Matcher line = LINE.matcher(object);
        if (object.startsWith(directory.toUri().toString()) && line.find()) {
            left.put(Integer.parseInt(line.group(1)), why);
        }
    }

    /** Says of a letter that it is left, without trying. */
    void leave(Letter letter, String why) {
        left.put(letter.line(), why);
    }

    /**
     * Leaves the letters of runs that did not come to their end: some of them may be written, but nobody knows which, and
     * to try one again does no harm.
     *
     * @return whether there are any
     */
    boolean leaveUntried(List<Letter> letters) {
        boolean isAny = false;
        for (Letter letter : letters) {
            if (letter.kind() != Letter.Kind.NOTHING && !tried.contains(letter.line())) {
                left.putIfAbsent(letter.line(), "untried: its run did not come to its end; redrive it again");
                isAny = true;
            }
        }
        return isAny;
    }

    /** Numbers of the lines that are left, and why. */
    Map<Integer, String> left() {
        return Collections.unmodifiableSortedMap(left);
    }

    long written() {
        return written;
    }

    boolean wasCancelled() {
        return cancelled;
    }

    @Override
    public void close() throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }

    private record Gathering(List<DeadLetter> letters) implements DeadLetterSink {
        @Override
        public void accept(DeadLetter letter) {
            letters.add(letter);
        }

        @Override
        public void close() {}
    }
}
