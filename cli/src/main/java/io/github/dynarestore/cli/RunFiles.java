package io.github.dynarestore.cli;

import io.github.dynarestore.model.Backup;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import java.util.stream.Stream;
import software.amazon.awssdk.core.async.AsyncRequestBody;
import software.amazon.awssdk.services.s3.S3AsyncClient;

/** The report, the dead letters and the log of one run: kept here until S3 has them. */
final class RunFiles {

    private static final DateTimeFormatter STARTED =
            DateTimeFormatter.ofPattern("yyyy-MM-dd-HH-mm-ss", Locale.ROOT).withZone(ZoneOffset.UTC);
    private static final long LEAST_UPLOAD_SECONDS = 60;

    /** Dead letters may be gigabytes. */
    private static final long BYTES_PER_SECOND = 1 << 20;

    private final Path directory;
    private final String name;

    private RunFiles(Path directory, String name) {
        this.directory = directory;
        this.name = name;
    }

    /** Makes the directory {@code <table>/<start time>} below another one. */
    static RunFiles create(Path below, String table, Instant startedAt) throws IOException {
        String name = table + "/" + STARTED.format(startedAt);
        return new RunFiles(Files.createDirectories(below.resolve(name)), name);
    }

    Path report() {
        return directory.resolve("report.json");
    }

    Path deadLetters() {
        return directory.resolve("dead-letters.jsonl");
    }

    Path log() {
        return directory.resolve("run.log");
    }

    Path directory() {
        return directory;
    }

    /**
     * Moves the files to S3; what does not get there stays here.
     *
     * @param client makes the client, which may fail, too; it is closed
     * @return whether all of them got there
     */
    boolean moveTo(Backup place, Supplier<S3AsyncClient> client, PrintStream err) throws IOException {
        List<Path> files;
        try (Stream<Path> listed = Files.list(directory)) {
            files = listed.sorted().toList();
        }
        try (S3AsyncClient s3 = client.get()) {
            for (Path file : files) {
                put(s3, place, file);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return notMoved(place, e, err);
        } catch (ExecutionException | TimeoutException | RuntimeException e) {
            return notMoved(place, e.getCause() == null ? e : e.getCause(), err);
        }
        for (Path file : files) {
            Files.delete(file);
        }
        Files.delete(directory);
        err.println("note: report and log are at " + place.location() + name + "/");
        return true;
    }

    private void put(S3AsyncClient s3, Backup place, Path file)
            throws InterruptedException, ExecutionException, TimeoutException, IOException {
        long seconds = Math.max(LEAST_UPLOAD_SECONDS, Files.size(file) / BYTES_PER_SECOND);
        String key = place.location().getPath().substring(1) + name + "/" + file.getFileName();
        var unused = s3.putObject(
                        request ->
                                request.bucket(place.location().getAuthority()).key(key),
                        AsyncRequestBody.fromFile(file))
                .get(seconds, TimeUnit.SECONDS);
    }

    private boolean notMoved(Backup place, Throwable cause, PrintStream err) {
        Messages.error(
                err,
                "report, dead letters and log could not be put to " + place.location() + name + "/: "
                        + cause.getClass().getSimpleName(),
                "they are kept in " + directory);
        return false;
    }
}
