package io.github.dynarestore;

import io.github.dynarestore.internal.checkpoint.Begin;
import io.github.dynarestore.internal.checkpoint.CheckpointJournal;
import io.github.dynarestore.internal.checkpoint.Outcome;
import io.github.dynarestore.model.BackupObject;
import java.io.IOException;
import java.io.PrintStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.TreeMap;

/** A process that has a checkpoint and writes to it until it is killed; says after each batch how many there are. */
final class CheckpointChild {

    static final int WINNERS_PER_BATCH = 25;

    private static final BackupObject OBJECT =
            new BackupObject(URI.create("s3://b/k"), "b", "k", 1, "e", Instant.EPOCH, null);

    private CheckpointChild() {}

    static Process start(Path directory) throws IOException {
        return new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx64m",
                        "-cp",
                        System.getProperty("java.class.path"),
                        CheckpointChild.class.getName(),
                        directory.toString())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
    }

    public static void main(String[] arguments) {
        PrintStream out = new PrintStream(System.out, true, StandardCharsets.US_ASCII);
        CheckpointJournal journal = CheckpointJournal.open(DirectoryCheckpoints.in(Path.of(arguments[0])));
        journal.begin(new Begin(new TreeMap<>(), "table", List.of(OBJECT)));
        Outcome[] outcomes = new Outcome[WINNERS_PER_BATCH];
        Arrays.fill(outcomes, Outcome.PUT);
        for (int batch = 1; batch < 10_000_000; batch++) {
            long[] tokens = new long[WINNERS_PER_BATCH];
            for (int i = 0; i < tokens.length; i++) {
                tokens[i] = (long) (batch - 1) * WINNERS_PER_BATCH + i;
            }
            journal.ended(outcomes, tokens, WINNERS_PER_BATCH);
            out.println(batch);
        }
    }
}
