package io.github.dynarestore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.github.dynarestore.internal.checkpoint.CheckpointJournal;
import io.github.dynarestore.internal.checkpoint.Outcome;
import io.github.dynarestore.internal.checkpoint.Progress;
import io.github.dynarestore.model.RestoreErrorCode;
import io.github.dynarestore.model.RestoreException;
import io.github.dynarestore.spi.CheckpointInUseException;
import io.github.dynarestore.spi.CheckpointLog;
import io.github.dynarestore.spi.CheckpointStore;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
class DirectoryCheckpointsTest {

    private static final byte[] BYTES = {1, 2, 3, 4, 5};

    @TempDir
    Path directory;

    private static byte[] contents(CheckpointStore store) throws IOException {
        try (CheckpointLog log = store.open();
                InputStream in = log.read()) {
            return in.readAllBytes();
        }
    }

    @Test
    void append_closed_isReadAgain() throws IOException {
        CheckpointStore store = DirectoryCheckpoints.in(directory.resolve("a/b"));
        try (CheckpointLog log = store.open()) {
            log.append(BYTES, 1, 3);
            log.sync();
            log.truncate(2);
            log.append(BYTES, 0, 1);
        }
        try (CheckpointLog log = store.open()) {
            log.append(BYTES, 4, 1);
            try (InputStream in = log.read()) {
                assertThat(in.readAllBytes()).containsExactly(2, 3, 1, 5);
            }
            assertThatThrownBy(() -> log.truncate(9)).isInstanceOf(IllegalArgumentException.class);
        }

        assertThat(contents(store)).containsExactly(2, 3, 1, 5);
        assertThat(store.location()).isEqualTo(directory.resolve("a/b").toString());
    }

    @Test
    void open_posix_isForTheOwnerOnly() throws IOException {
        assumeThat(Files.getFileStore(directory).supportsFileAttributeView("posix"))
                .isTrue();
        Path made = directory.resolve("made");
        DirectoryCheckpoints.in(made).open().close();

        assertThat(permissions(made)).isEqualTo("rwx------");
        assertThat(permissions(made.resolve("dynarestore.journal"))).isEqualTo("rw-------");
        assertThat(permissions(made.resolve("dynarestore.lock"))).isEqualTo("rw-------");
    }

    private static String permissions(Path path) throws IOException {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
    }

    @Test
    void append_interruptedThread_writesAll() throws IOException {
        CheckpointStore store = DirectoryCheckpoints.in(directory);
        try (CheckpointLog log = store.open()) {
            Thread.currentThread().interrupt();
            log.append(BYTES, 0, 5);
            log.sync();
            log.append(BYTES, 0, 5);
            assertThat(Thread.interrupted()).isTrue();
        }
        assertThat(contents(store)).hasSize(10);
    }

    @Test
    void open_secondTimeInProcess_isRefusedAlsoByAnotherPath() throws IOException {
        Path real = Files.createDirectory(directory.resolve("real"));
        Path link = Files.createSymbolicLink(directory.resolve("link"), real);
        CheckpointLog log = DirectoryCheckpoints.in(real).open();

        for (int i = 0; i < 2; i++) {
            assertThatThrownBy(() -> DirectoryCheckpoints.in(link).open())
                    .isInstanceOf(CheckpointInUseException.class)
                    .hasMessageContaining("in this process");
        }
        log.close();
        log.close();
        DirectoryCheckpoints.in(link).open().close();
    }

    @Test
    void open_lockedInProcessByOthers_isRefusedAndLeavesThemTheLock() throws IOException, InterruptedException {
        Path lockFile = Files.createFile(directory.resolve("dynarestore.lock"));
        try (FileChannel other = FileChannel.open(lockFile, StandardOpenOption.WRITE);
                FileLock lock = other.lock()) {
            for (int i = 0; i < 2; i++) {
                assertThatThrownBy(() -> DirectoryCheckpoints.in(directory).open())
                        .isInstanceOf(CheckpointInUseException.class);
            }
            assertThat(lock.isValid()).isTrue();
            Process child = CheckpointChild.start(directory);
            assertThat(child.waitFor(60, TimeUnit.SECONDS)).isTrue();
            assertThat(child.exitValue()).isNotZero();
        }
        DirectoryCheckpoints.in(directory).open().close();
    }

    @Test
    void journal_processKilled_hasAllThatWasAcknowledged() throws IOException, InterruptedException {
        CheckpointStore store = DirectoryCheckpoints.in(directory);
        Process child = CheckpointChild.start(directory);
        int acknowledged = 0;
        try (BufferedReader lines = child.inputReader()) {
            while (acknowledged < 200) {
                acknowledged = Integer.parseInt(lines.readLine());
            }
            assertThatThrownBy(() -> CheckpointJournal.open(store))
                    .isInstanceOfSatisfying(RestoreException.class, e -> {
                        assertThat(e.code()).isEqualTo(RestoreErrorCode.CHECKPOINT_IN_USE);
                        assertThat(e).hasMessageContaining("another process");
                    });
            // Not by the process itself, which would close what it has still to say.
            assertThat(child.toHandle().destroyForcibly()).isTrue();
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                acknowledged++;
            }
        } finally {
            child.destroyForcibly();
        }
        assertThat(child.waitFor(60, TimeUnit.SECONDS)).isTrue();

        try (CheckpointJournal journal = CheckpointJournal.open(store)) {
            Progress progress = journal.recovered().progress();
            long batches = progress.count(Outcome.PUT) / CheckpointChild.WINNERS_PER_BATCH;
            assertThat(batches).isBetween((long) acknowledged, acknowledged + 1L);
            assertThat(progress.count(Outcome.PUT)).isEqualTo(batches * CheckpointChild.WINNERS_PER_BATCH);
            assertThat(progress.ended(0).last()).isEqualTo((int) progress.count(Outcome.PUT) - 1);
            journal.ended(Outcome.FILTERED, Integer.MAX_VALUE);
        }
        try (CheckpointJournal journal = CheckpointJournal.open(store)) {
            assertThat(journal.recovered().progress().count(Outcome.FILTERED)).isOne();
        }
    }

    @Test
    void open_foreignFiles_areNotTouched() throws IOException {
        Path foreign = Files.writeString(directory.resolve("notes.txt"), "mine");
        Path journal = Files.writeString(directory.resolve("dynarestore.journal"), "not a journal at all");

        assertThatThrownBy(() -> CheckpointJournal.open(DirectoryCheckpoints.in(directory)))
                .isInstanceOfSatisfying(
                        RestoreException.class,
                        e -> assertThat(e.code()).isEqualTo(RestoreErrorCode.CHECKPOINT_INVALID));

        assertThat(foreign).hasContent("mine");
        assertThat(journal).hasContent("not a journal at all");
        DirectoryCheckpoints.in(directory).open().close();
    }

    @Test
    void open_journalIsALink_isRefused() throws IOException {
        Path victim = Files.writeString(directory.resolve("victim"), "");
        Files.createSymbolicLink(directory.resolve("dynarestore.journal"), victim);

        for (int i = 0; i < 2; i++) {
            assertThatThrownBy(() -> DirectoryCheckpoints.in(directory).open())
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("no regular file");
        }
    }

    @Test
    void open_noDirectory_fails() throws IOException {
        Path file = Files.createFile(directory.resolve("file"));

        assertThatThrownBy(() -> CheckpointJournal.open(DirectoryCheckpoints.in(file)))
                .isInstanceOfSatisfying(
                        RestoreException.class,
                        e -> assertThat(e.code()).isEqualTo(RestoreErrorCode.CHECKPOINT_FAILED));
    }

    @Test
    void delete_full_leavesNothingToTakeUp() throws IOException {
        CheckpointStore store = DirectoryCheckpoints.in(directory);
        try (CheckpointLog log = store.open()) {
            log.append(BYTES, 0, 5);
            log.delete();
            assertThat(directory.resolve("dynarestore.journal")).doesNotExist();
        }
        assertThat(contents(store)).isEmpty();
    }
}
